-- Work on many users at once; see platform's lease for the last three columns.
CREATE TABLE bulk_runs (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    id UUID NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    inviter TEXT NOT NULL,
    total_count BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    end_time TIMESTAMPTZ,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    lease_attempt BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX bulk_runs_by_id ON bulk_runs (id);
CREATE INDEX bulk_runs_at_work ON bulk_runs (create_time) WHERE state = 'RUNNING';

-- The users of a run as they were when it began; without an outcome they are still to do.
CREATE TABLE bulk_run_items (
    organization_id UUID NOT NULL,
    bulk_run_id UUID NOT NULL,
    user_id UUID NOT NULL,
    outcome TEXT,
    PRIMARY KEY (organization_id, bulk_run_id, user_id),
    FOREIGN KEY (organization_id, bulk_run_id) REFERENCES bulk_runs (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CREATE INDEX bulk_run_items_to_do ON bulk_run_items (organization_id, bulk_run_id, user_id) WHERE outcome IS NULL;

CALL confine('bulk_runs');
CALL confine('bulk_run_items');
