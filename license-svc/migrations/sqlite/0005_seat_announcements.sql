-- Users who newly hold a seat and whose invitation or notice is still to be issued: one row for those of one
-- change, `users` is their seat's ledger entry by the user's id. It takes the place of `announcements` and
-- `announcement_users`, which the release before still writes and reads; both go with the next migration.
CREATE TABLE seat_announcements (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    product TEXT NOT NULL,
    principal TEXT NOT NULL,
    users TEXT NOT NULL,
    create_time TEXT NOT NULL,
    traceparent TEXT,
    lease_owner TEXT,
    lease_until TEXT,
    lease_attempt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE INDEX seat_announcements_waiting ON seat_announcements (create_time);
