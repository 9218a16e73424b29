-- Numbers that are given out once and never again (Q25).
CREATE TABLE counters (
    name TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('account_number', 700000);

-- The tree of organizations. `path` holds the ids from the root to the row itself, each followed by a
-- slash, so that a subtree is a range of paths.
CREATE TABLE organizations (
    id UUID PRIMARY KEY,
    account_number BIGINT NOT NULL UNIQUE,
    parent_id UUID REFERENCES organizations (id),
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    depth BIGINT NOT NULL,
    display_name TEXT NOT NULL,
    sort_name TEXT COLLATE "C" NOT NULL,
    search_text TEXT COLLATE "C" NOT NULL,
    default_language_code TEXT NOT NULL,
    admins_may_grant_admin BOOLEAN NOT NULL DEFAULT TRUE,
    directory_version BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
    create_time TIMESTAMPTZ NOT NULL,
    update_time TIMESTAMPTZ NOT NULL
);
CREATE INDEX organizations_by_name ON organizations (sort_name, id);

-- A person: a proved address and its password. Belongs to no organization.
CREATE TABLE accounts (
    id UUID PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    display_name TEXT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    update_time TIMESTAMPTZ NOT NULL
);

-- A membership of one person in one organization. `account_id` is set when the person has accepted.
CREATE TABLE users (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    id UUID NOT NULL,
    account_id UUID REFERENCES accounts (id),
    email TEXT COLLATE "C",
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
    active BOOLEAN NOT NULL,
    portal_access BOOLEAN NOT NULL,
    accepted_time TIMESTAMPTZ,
    last_sign_in_time TIMESTAMPTZ,
    invitation_state TEXT NOT NULL,
    invitation_generation BIGINT NOT NULL DEFAULT 0,
    invitation_send_time TIMESTAMPTZ,
    invitation_expire_time TIMESTAMPTZ,
    invitation_send_count BIGINT NOT NULL DEFAULT 0,
    invitation_detail TEXT NOT NULL DEFAULT '',
    sort_name TEXT COLLATE "C" NOT NULL,
    search_text TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    create_time TIMESTAMPTZ NOT NULL,
    update_time TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, email)
);
CREATE INDEX users_by_name ON users (organization_id, sort_name, id);
CREATE INDEX users_by_account ON users (account_id) WHERE account_id IS NOT NULL;

CALL confine('organizations', 'id');
CALL confine('users');

-- Lists over a tree name its roots in app.root: they see the organizations below them and their users. The
-- first condition keeps every other statement from looking any further.
CREATE POLICY tree ON organizations FOR SELECT USING (
    (SELECT coalesce(current_setting('app.root', TRUE), '') <> '')
    AND string_to_array(path, '/') && (SELECT string_to_array(current_setting('app.root', TRUE), ',')));
CREATE POLICY tree ON users FOR SELECT USING (
    (SELECT coalesce(current_setting('app.root', TRUE), '') <> '')
    AND EXISTS (SELECT 1 FROM organizations o WHERE o.id = organization_id));
