-- The file as it came, in order. Gone when the plan stands: rows say the rest.
CREATE TABLE upload_chunks (
    organization_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (organization_id, import_id, position),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE import_rows (
    organization_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    -- As a spreadsheet numbers it.
    line INTEGER NOT NULL,
    -- What a valid row says of the person.
    person TEXT,
    -- The cells of a failed row as uploaded, and what is wrong with them.
    cells TEXT,
    problems TEXT,
    outcome TEXT NOT NULL,
    needs_seat INTEGER NOT NULL,
    superseded_by INTEGER,
    -- Set once imported.
    user_id TEXT,
    license_enabled INTEGER NOT NULL,
    PRIMARY KEY (organization_id, import_id, line),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id) ON DELETE CASCADE
) STRICT;
