-- Users who newly hold a seat and whose invitation or notice is still to be issued.
CREATE TABLE announcements (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    product TEXT NOT NULL,
    principal TEXT NOT NULL,
    create_time TEXT NOT NULL,
    lease_owner TEXT,
    lease_until TEXT,
    lease_attempt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE INDEX announcements_waiting ON announcements (create_time);

CREATE TABLE announcement_users (
    organization_id TEXT NOT NULL,
    announcement_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (organization_id, announcement_id, user_id),
    FOREIGN KEY (organization_id, announcement_id) REFERENCES announcements (organization_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX announcement_users_of_user ON announcement_users (organization_id, user_id);

-- An InviteUsers call between its first and its last transaction.
CREATE TABLE invites (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    product TEXT,
    upsert_id TEXT NOT NULL,
    plan TEXT NOT NULL,
    create_time TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE INDEX invites_abandoned ON invites (create_time);
