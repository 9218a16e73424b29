-- Sessions are deleted when they end. The token's SHA-256 only.
CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    account_id UUID NOT NULL REFERENCES accounts (id),
    user_agent TEXT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    last_use_time TIMESTAMPTZ NOT NULL,
    expire_time TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expire_time);

-- Links in mails: an invitation belongs to a user, a password reset to an account.
CREATE TABLE links (
    hash BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    organization_id UUID,
    user_id UUID,
    account_id UUID REFERENCES accounts (id),
    email TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    expire_time TIMESTAMPTZ NOT NULL,
    used_time TIMESTAMPTZ,
    revoked_time TIMESTAMPTZ,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CREATE INDEX links_by_user ON links (organization_id, user_id);
CREATE INDEX links_by_account ON links (account_id);
CREATE INDEX links_by_expiry ON links (expire_time);

-- API keys. A platform client has no organization (Q35).
CREATE TABLE clients (
    id UUID PRIMARY KEY,
    key_hash BYTEA NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    organization_id UUID,
    user_id UUID,
    permissions TEXT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);

CREATE TABLE setup_links (
    hash BYTEA PRIMARY KEY,
    create_time TIMESTAMPTZ NOT NULL,
    expire_time TIMESTAMPTZ NOT NULL,
    used_time TIMESTAMPTZ,
    revoked_time TIMESTAMPTZ
);

-- Guessing is counted per address, known or not, under the address's SHA-256.
CREATE TABLE sign_in_failures (
    email_hash BYTEA PRIMARY KEY,
    attempts BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    next_try_time TIMESTAMPTZ NOT NULL,
    update_time TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (update_time);

-- When a mail that anybody can ask for was last asked for, under the address's SHA-256.
CREATE TABLE mail_requests (
    email_hash BYTEA PRIMARY KEY,
    request_time TIMESTAMPTZ NOT NULL
);
CREATE INDEX mail_requests_by_age ON mail_requests (request_time);

-- A password reset belongs to an account, which has no tenant.
CALL confine('links', or_nobodys => TRUE);
CALL confine('clients');
