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

-- The second wall between tenants: see docs/operations.md, "Roles and row-level security". A transaction
-- says in app.orgs whose rows it is about (ids, or * for everyone's); without it no row is seen. Called
-- once for each table that has a tenant; `or_nobodys` when a row may have none and belongs to nobody then.
-- The settings are read once a statement, not once a row: that is what the inner SELECTs are for.
CREATE PROCEDURE confine(confined REGCLASS, tenant TEXT DEFAULT 'organization_id', or_nobodys BOOLEAN DEFAULT FALSE)
LANGUAGE plpgsql AS $confine$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', confined);
    EXECUTE format(
        'CREATE POLICY tenant ON %1$s USING (
             (SELECT current_setting(''app.orgs'', TRUE) = ''*'')
             OR %2$I = ANY ((SELECT string_to_array(nullif(current_setting(''app.orgs'', TRUE), ''*''), '','')::uuid[])::uuid[])
             %3$s)',
        confined, tenant, CASE WHEN or_nobodys THEN format('OR %I IS NULL', tenant) ELSE '' END);
END $confine$;
