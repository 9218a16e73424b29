-- Rows stand in blocks: a statement for a thousand rows, as they are read, planned and carried out.
CREATE TABLE import_blocks (
    organization_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    -- As a spreadsheet numbers it; the first one stands behind the last of the block before.
    last_line INTEGER NOT NULL,
    -- How many of the rows mean what, and how many newly need a seat.
    new_count INTEGER NOT NULL,
    updated_count INTEGER NOT NULL,
    unchanged_count INTEGER NOT NULL,
    superseded_count INTEGER NOT NULL,
    error_count INTEGER NOT NULL,
    seat_count INTEGER NOT NULL,
    -- JSON in UTF-8, an array each: what becomes of the rows, and what they say.
    fates BLOB NOT NULL,
    rows BLOB NOT NULL,
    PRIMARY KEY (organization_id, import_id, last_line),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id) ON DELETE CASCADE
) STRICT;

INSERT INTO import_blocks
SELECT organization_id, import_id, max(line),
    count(*) FILTER (WHERE outcome = 'NEW'), count(*) FILTER (WHERE outcome = 'UPDATED'),
    count(*) FILTER (WHERE outcome = 'UNCHANGED'), count(*) FILTER (WHERE outcome = 'SUPERSEDED'),
    count(*) FILTER (WHERE outcome = 'ERROR'), count(*) FILTER (WHERE needs_seat),
    CAST(json_group_array(json_patch('{}', json_object(
        'line', line, 'needs_seat', json(iif(needs_seat, 'true', 'false')), 'user_id', user_id,
        'license_enabled', json(iif(license_enabled, 'true', 'false')),
        'outcome', json(iif(outcome = 'SUPERSEDED',
            json_object('SUPERSEDED', json_object('by_line', coalesce(superseded_by, 0))),
            json_quote(outcome))))) ORDER BY line) AS BLOB),
    CAST(json_group_array(json_patch('{}', json_object(
        'person', json(person), 'cells', json(cells), 'problems', json(problems))) ORDER BY line) AS BLOB)
-- What is imported and what is not do not share a block.
FROM (SELECT r.*, r.line <= i.applied_line AS applied, (row_number() OVER (
        PARTITION BY r.organization_id, r.import_id, r.line <= i.applied_line ORDER BY r.line) - 1) / 1000 AS block
    FROM import_rows AS r JOIN imports AS i ON i.organization_id = r.organization_id AND i.id = r.import_id)
    AS numbered
GROUP BY organization_id, import_id, applied, block;
-- import_rows stays for replicas of the release before; the next one drops it.
