-- Each organization has one message a turn, so that nobody waits behind all mails of another (M3).
-- Messages of no organization share a line of their own.
ALTER TABLE messages ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;

DROP INDEX messages_to_send;
CREATE INDEX messages_to_send ON messages (turn, create_time) WHERE state = 'QUEUED';
CREATE INDEX messages_in_line ON messages (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid), turn) WHERE state = 'QUEUED';
