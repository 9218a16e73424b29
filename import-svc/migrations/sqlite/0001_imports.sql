CREATE TABLE imports (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The product whose licences the file is about; empty for kinds without that column.
    product TEXT NOT NULL,
    file_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- SHA-256 of the file in hex, once it has arrived.
    digest TEXT NOT NULL,
    -- How the file was written: encoding, delimiter, header, widest failed row, ignored columns.
    layout TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    new_count INTEGER NOT NULL,
    updated_count INTEGER NOT NULL,
    unchanged_count INTEGER NOT NULL,
    superseded_count INTEGER NOT NULL,
    error_count INTEGER NOT NULL,
    error_groups TEXT NOT NULL,
    -- Why the file was rejected, or why an import under way was stopped.
    file_problem TEXT,
    seats_required INTEGER NOT NULL,
    seats_free INTEGER NOT NULL,
    without_license_count INTEGER NOT NULL,
    progress_done INTEGER NOT NULL,
    progress_total INTEGER NOT NULL,
    -- What the directory's version was when the plan was made.
    directory_version INTEGER NOT NULL,
    -- Principals: who uploaded, who accepted.
    created_by TEXT NOT NULL,
    accepted_by TEXT,
    -- Rows that need a seat get one up to and including this line.
    last_seated_line INTEGER NOT NULL,
    -- Everything up to and including this line is imported.
    applied_line INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    -- An acceptance is being decided, or died over it: there may be a reservation of seats.
    accept_claim TEXT,
    accept_until TEXT,
    -- Raised with each visible change: the etag, and the position of a watch.
    sequence INTEGER NOT NULL,
    create_time TEXT NOT NULL,
    end_time TEXT,
    expire_time TEXT NOT NULL,
    lease_owner TEXT,
    lease_until TEXT,
    lease_attempt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
) STRICT;

CREATE INDEX imports_to_work_on ON imports (create_time) WHERE state IN ('VALIDATING', 'IMPORTING');
CREATE INDEX imports_to_expire ON imports (expire_time);
