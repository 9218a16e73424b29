-- A request id and the answer that was given: see platform/src/once.rs.
CREATE TABLE once (
    caller TEXT NOT NULL,
    rpc TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    first_time TIMESTAMPTZ NOT NULL,
    claimed_until TIMESTAMPTZ NOT NULL,
    refused BOOLEAN,
    answer BYTEA,
    PRIMARY KEY (caller, rpc, request_id)
);
CREATE INDEX once_first_time ON once (first_time);

-- One row per event and destination: see platform/src/outbox.rs.
CREATE TABLE outbox (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id UUID NOT NULL,
    destination TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    event BYTEA NOT NULL,
    due_time TIMESTAMPTZ NOT NULL,
    claim UUID,
    attempt BIGINT NOT NULL DEFAULT 0,
    delivered_time TIMESTAMPTZ,
    UNIQUE (event_id, destination)
);
CREATE INDEX outbox_waiting ON outbox (destination, position) WHERE delivered_time IS NULL;
CREATE INDEX outbox_waiting_by_key ON outbox (destination, ordering_key, position) WHERE delivered_time IS NULL;
CREATE INDEX outbox_delivered ON outbox (delivered_time) WHERE delivered_time IS NOT NULL;

-- The events that were consumed: see platform/src/inbox.rs.
CREATE TABLE inbox (
    source TEXT NOT NULL,
    event_id UUID NOT NULL,
    received_time TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (source, event_id)
);
CREATE INDEX inbox_received ON inbox (received_time);
