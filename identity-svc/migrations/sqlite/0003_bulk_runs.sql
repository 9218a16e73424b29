-- Work on many users at once; see platform's lease for the last three columns.
CREATE TABLE bulk_runs (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    id TEXT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    inviter TEXT NOT NULL,
    total_count INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    create_time TEXT NOT NULL,
    end_time TEXT,
    lease_owner TEXT,
    lease_until TEXT,
    lease_attempt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX bulk_runs_by_id ON bulk_runs (id);
CREATE INDEX bulk_runs_at_work ON bulk_runs (create_time) WHERE state = 'RUNNING';

-- The users of a run as they were when it began; without an outcome they are still to do.
CREATE TABLE bulk_run_items (
    organization_id TEXT NOT NULL,
    bulk_run_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    outcome TEXT,
    PRIMARY KEY (organization_id, bulk_run_id, user_id),
    FOREIGN KEY (organization_id, bulk_run_id) REFERENCES bulk_runs (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
) STRICT;
CREATE INDEX bulk_run_items_to_do ON bulk_run_items (organization_id, bulk_run_id, user_id) WHERE outcome IS NULL;
