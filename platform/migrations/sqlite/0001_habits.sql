-- A request id and the answer that was given: see platform/src/once.rs.
CREATE TABLE once (
    caller TEXT NOT NULL,
    rpc TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    first_time TEXT NOT NULL,
    claimed_until TEXT NOT NULL,
    refused INTEGER,
    answer BLOB,
    PRIMARY KEY (caller, rpc, request_id)
) STRICT;
CREATE INDEX once_first_time ON once (first_time);

-- One row per event and destination: see platform/src/outbox.rs.
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_id TEXT NOT NULL,
    destination TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    event BLOB NOT NULL,
    due_time TEXT NOT NULL,
    claim TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    delivered_time TEXT,
    UNIQUE (event_id, destination)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (destination, position) WHERE delivered_time IS NULL;
CREATE INDEX outbox_waiting_by_key ON outbox (destination, ordering_key, position) WHERE delivered_time IS NULL;
CREATE INDEX outbox_delivered ON outbox (delivered_time) WHERE delivered_time IS NOT NULL;

-- The events that were consumed: see platform/src/inbox.rs.
CREATE TABLE inbox (
    source TEXT NOT NULL,
    event_id TEXT NOT NULL,
    received_time TEXT NOT NULL,
    PRIMARY KEY (source, event_id)
) STRICT;
CREATE INDEX inbox_received ON inbox (received_time);
