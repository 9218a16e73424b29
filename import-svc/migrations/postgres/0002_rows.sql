-- The file as it came, in order. Gone when the plan stands: rows say the rest.
CREATE TABLE upload_chunks (
    organization_id UUID NOT NULL,
    import_id UUID NOT NULL,
    position BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (organization_id, import_id, position),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id) ON DELETE CASCADE
);

CREATE TABLE import_rows (
    organization_id UUID NOT NULL,
    import_id UUID NOT NULL,
    -- As a spreadsheet numbers it.
    line BIGINT NOT NULL,
    -- What a valid row says of the person.
    person JSONB,
    -- The cells of a failed row as uploaded, and what is wrong with them.
    cells JSONB,
    problems JSONB,
    outcome TEXT NOT NULL,
    needs_seat BOOLEAN NOT NULL,
    superseded_by BIGINT,
    -- Set once imported.
    user_id UUID,
    license_enabled BOOLEAN NOT NULL,
    PRIMARY KEY (organization_id, import_id, line),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id) ON DELETE CASCADE
);

CALL confine('upload_chunks');
CALL confine('import_rows');
