CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    -- The same key is the same mail, for ever.
    dedupe_key TEXT NOT NULL UNIQUE,
    organization_id TEXT,
    -- organizations/{organization}/users/{user}, empty when the recipient is no user.
    user_name TEXT NOT NULL,
    template TEXT NOT NULL,
    recipient_email TEXT NOT NULL,
    recipient_name TEXT NOT NULL,
    language_code TEXT NOT NULL,
    variables TEXT NOT NULL,
    -- Erased with the final state.
    sealed_token BLOB,
    link_path TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    -- RFC 5322 Message-ID, the same for every attempt.
    message_id_header TEXT NOT NULL,
    create_time TEXT NOT NULL,
    end_time TEXT,
    expire_time TEXT,
    lease_owner TEXT,
    lease_until TEXT,
    lease_attempt INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX messages_to_send ON messages (create_time) WHERE state = 'QUEUED';
