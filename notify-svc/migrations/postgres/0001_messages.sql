CREATE TABLE messages (
    id UUID PRIMARY KEY,
    -- The same key is the same mail, for ever.
    dedupe_key TEXT NOT NULL UNIQUE,
    organization_id UUID,
    -- organizations/{organization}/users/{user}, empty when the recipient is no user.
    user_name TEXT NOT NULL,
    template TEXT NOT NULL,
    recipient_email TEXT NOT NULL,
    recipient_name TEXT NOT NULL,
    language_code TEXT NOT NULL,
    variables JSONB NOT NULL,
    -- Erased with the final state.
    sealed_token BYTEA,
    link_path TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    -- RFC 5322 Message-ID, the same for every attempt.
    message_id_header TEXT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    end_time TIMESTAMPTZ,
    expire_time TIMESTAMPTZ,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    lease_attempt BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX messages_to_send ON messages (create_time) WHERE state = 'QUEUED';

CALL confine('messages');
