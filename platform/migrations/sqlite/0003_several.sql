-- A row may hold several events: see platform/src/outbox/packed.rs. The long columns stand last, so that
-- whoever looks at the others does not read them.
CREATE TABLE outbox_anew (
    position INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_id TEXT NOT NULL,
    destination TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    event_count INTEGER NOT NULL DEFAULT 1,
    due_time TEXT NOT NULL,
    claim TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    delivered_time TEXT,
    ordering_keys TEXT,
    event BLOB NOT NULL,
    UNIQUE (event_id, destination)
) STRICT;
INSERT INTO outbox_anew (position, event_id, destination, ordering_key, due_time, claim, attempt, delivered_time, event)
    SELECT position, event_id, destination, ordering_key, due_time, claim, attempt, delivered_time, event FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_anew RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (destination, position) WHERE delivered_time IS NULL;
CREATE INDEX outbox_held ON outbox (destination, due_time) WHERE delivered_time IS NULL AND attempt > 0;
CREATE INDEX outbox_delivered ON outbox (delivered_time) WHERE delivered_time IS NOT NULL;
