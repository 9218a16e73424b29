-- Users who newly hold a seat and whose invitation or notice is still to be issued.
CREATE TABLE announcements (
    organization_id UUID NOT NULL,
    id UUID NOT NULL UNIQUE,
    product TEXT COLLATE "C" NOT NULL,
    principal TEXT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    lease_attempt BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX announcements_waiting ON announcements (create_time);

CREATE TABLE announcement_users (
    organization_id UUID NOT NULL,
    announcement_id UUID NOT NULL,
    user_id UUID NOT NULL,
    event_id UUID NOT NULL,
    PRIMARY KEY (organization_id, announcement_id, user_id),
    FOREIGN KEY (organization_id, announcement_id) REFERENCES announcements (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX announcement_users_of_user ON announcement_users (organization_id, user_id);

-- An InviteUsers call between its first and its last transaction.
CREATE TABLE invites (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    product TEXT COLLATE "C",
    upsert_id UUID NOT NULL,
    plan JSONB NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX invites_abandoned ON invites (create_time);

CALL confine('announcements');
CALL confine('announcement_users');
CALL confine('invites');
