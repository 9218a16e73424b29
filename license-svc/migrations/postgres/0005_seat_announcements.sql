-- Users who newly hold a seat and whose invitation or notice is still to be issued: one row for those of one
-- change, `users` is their seat's ledger entry by the user's id. It takes the place of `announcements` and
-- `announcement_users`, which the release before still writes and reads; both go with the next migration.
CREATE TABLE seat_announcements (
    organization_id UUID NOT NULL,
    id UUID NOT NULL UNIQUE,
    product TEXT COLLATE "C" NOT NULL,
    principal TEXT NOT NULL,
    users JSONB NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    traceparent TEXT,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    lease_attempt BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX seat_announcements_waiting ON seat_announcements (create_time);

CALL confine('seat_announcements');
