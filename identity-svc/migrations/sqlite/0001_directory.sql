-- Numbers that are given out once and never again (Q25).
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, value) VALUES ('account_number', 700000);

-- The tree of organizations. `path` holds the ids from the root to the row itself, each followed by a
-- slash, so that a subtree is a range of paths.
CREATE TABLE organizations (
    id TEXT NOT NULL PRIMARY KEY,
    account_number INTEGER NOT NULL UNIQUE,
    parent_id TEXT REFERENCES organizations (id),
    path TEXT NOT NULL UNIQUE,
    depth INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    search_text TEXT NOT NULL,
    default_language_code TEXT NOT NULL,
    admins_may_grant_admin INTEGER NOT NULL DEFAULT TRUE,
    directory_version INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    create_time TEXT NOT NULL,
    update_time TEXT NOT NULL
) STRICT;
CREATE INDEX organizations_by_name ON organizations (sort_name, id);

-- A person: a proved address and its password. Belongs to no organization.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    display_name TEXT NOT NULL,
    create_time TEXT NOT NULL,
    update_time TEXT NOT NULL
) STRICT;

-- A membership of one person in one organization. `account_id` is set when the person has accepted.
CREATE TABLE users (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    id TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    email TEXT,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    title TEXT NOT NULL,
    office_phone TEXT NOT NULL,
    mobile_phone TEXT NOT NULL,
    fax TEXT NOT NULL,
    language_code TEXT NOT NULL,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    active INTEGER NOT NULL,
    portal_access INTEGER NOT NULL,
    accepted_time TEXT,
    last_sign_in_time TEXT,
    invitation_state TEXT NOT NULL,
    invitation_generation INTEGER NOT NULL DEFAULT 0,
    invitation_send_time TEXT,
    invitation_expire_time TEXT,
    invitation_send_count INTEGER NOT NULL DEFAULT 0,
    invitation_detail TEXT NOT NULL DEFAULT '',
    sort_name TEXT NOT NULL,
    search_text TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    create_time TEXT NOT NULL,
    update_time TEXT NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, email)
) STRICT;
CREATE INDEX users_by_name ON users (organization_id, sort_name, id);
CREATE INDEX users_by_account ON users (account_id) WHERE account_id IS NOT NULL;
