-- Sessions are deleted when they end. The token's SHA-256 only.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    user_agent TEXT NOT NULL,
    create_time TEXT NOT NULL,
    last_use_time TEXT NOT NULL,
    expire_time TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expire_time);

-- Links in mails: an invitation belongs to a user, a password reset to an account.
CREATE TABLE links (
    hash BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    organization_id TEXT,
    user_id TEXT,
    account_id TEXT REFERENCES accounts (id),
    email TEXT NOT NULL,
    generation INTEGER NOT NULL,
    create_time TEXT NOT NULL,
    expire_time TEXT NOT NULL,
    used_time TEXT,
    revoked_time TEXT,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;
CREATE INDEX links_by_user ON links (organization_id, user_id);
CREATE INDEX links_by_account ON links (account_id);
CREATE INDEX links_by_expiry ON links (expire_time);

-- API keys. A platform client has no organization (Q35).
CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    key_hash BLOB NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    organization_id TEXT,
    user_id TEXT,
    permissions TEXT NOT NULL,
    create_time TEXT NOT NULL,
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;

CREATE TABLE setup_links (
    hash BLOB NOT NULL PRIMARY KEY,
    create_time TEXT NOT NULL,
    expire_time TEXT NOT NULL,
    used_time TEXT,
    revoked_time TEXT
) STRICT;

-- Guessing is counted per address, known or not, under the address's SHA-256.
CREATE TABLE sign_in_failures (
    email_hash BLOB NOT NULL PRIMARY KEY,
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    next_try_time TEXT NOT NULL,
    update_time TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (update_time);

-- When a mail that anybody can ask for was last asked for, under the address's SHA-256.
CREATE TABLE mail_requests (
    email_hash BLOB NOT NULL PRIMARY KEY,
    request_time TEXT NOT NULL
) STRICT;
CREATE INDEX mail_requests_by_age ON mail_requests (request_time);
