CREATE TABLE imports (
    organization_id UUID NOT NULL,
    id UUID NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The product whose licences the file is about; empty for kinds without that column.
    product TEXT NOT NULL,
    file_name TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    -- SHA-256 of the file in hex, once it has arrived.
    digest TEXT NOT NULL,
    -- How the file was written: encoding, delimiter, header, widest failed row, ignored columns.
    layout JSONB NOT NULL,
    row_count BIGINT NOT NULL,
    new_count BIGINT NOT NULL,
    updated_count BIGINT NOT NULL,
    unchanged_count BIGINT NOT NULL,
    superseded_count BIGINT NOT NULL,
    error_count BIGINT NOT NULL,
    error_groups JSONB NOT NULL,
    -- Why the file was rejected, or why an import under way was stopped.
    file_problem JSONB,
    seats_required BIGINT NOT NULL,
    seats_free BIGINT NOT NULL,
    without_license_count BIGINT NOT NULL,
    progress_done BIGINT NOT NULL,
    progress_total BIGINT NOT NULL,
    -- What the directory's version was when the plan was made.
    directory_version BIGINT NOT NULL,
    -- Principals: who uploaded, who accepted.
    created_by TEXT NOT NULL,
    accepted_by TEXT,
    -- Rows that need a seat get one up to and including this line.
    last_seated_line BIGINT NOT NULL,
    -- Everything up to and including this line is imported.
    applied_line BIGINT NOT NULL,
    cancel_requested BOOLEAN NOT NULL,
    -- An acceptance is being decided, or died over it: there may be a reservation of seats.
    accept_claim UUID,
    accept_until TIMESTAMPTZ,
    -- Raised with each visible change: the etag, and the position of a watch.
    sequence BIGINT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    end_time TIMESTAMPTZ,
    expire_time TIMESTAMPTZ NOT NULL,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    lease_attempt BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
);

CREATE INDEX imports_to_work_on ON imports (create_time) WHERE state IN ('VALIDATING', 'IMPORTING');
CREATE INDEX imports_to_expire ON imports (expire_time);

CALL confine('imports');
