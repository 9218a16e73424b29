-- Rows stand in blocks: a statement for a thousand rows, as they are read, planned and carried out.
CREATE TABLE import_blocks (
    organization_id UUID NOT NULL,
    import_id UUID NOT NULL,
    -- As a spreadsheet numbers it; the first one stands behind the last of the block before.
    last_line BIGINT NOT NULL,
    -- How many of the rows mean what, and how many newly need a seat.
    new_count BIGINT NOT NULL,
    updated_count BIGINT NOT NULL,
    unchanged_count BIGINT NOT NULL,
    superseded_count BIGINT NOT NULL,
    error_count BIGINT NOT NULL,
    seat_count BIGINT NOT NULL,
    -- JSON in UTF-8, an array each: what becomes of the rows, and what they say.
    fates BYTEA NOT NULL,
    rows BYTEA NOT NULL,
    PRIMARY KEY (organization_id, import_id, last_line),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id) ON DELETE CASCADE
);
CALL confine('import_blocks');

SELECT set_config('app.orgs', '*', TRUE);
INSERT INTO import_blocks
SELECT organization_id, import_id, max(line),
    count(*) FILTER (WHERE outcome = 'NEW'), count(*) FILTER (WHERE outcome = 'UPDATED'),
    count(*) FILTER (WHERE outcome = 'UNCHANGED'), count(*) FILTER (WHERE outcome = 'SUPERSEDED'),
    count(*) FILTER (WHERE outcome = 'ERROR'), count(*) FILTER (WHERE needs_seat),
    convert_to(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'line', line, 'needs_seat', needs_seat, 'user_id', user_id, 'license_enabled', license_enabled,
        'outcome', CASE WHEN outcome = 'SUPERSEDED'
            THEN jsonb_build_object('SUPERSEDED', jsonb_build_object('by_line', coalesce(superseded_by, 0)))
            ELSE to_jsonb(outcome) END)) ORDER BY line)::text, 'UTF8'),
    convert_to(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'person', person, 'cells', cells, 'problems', problems)) ORDER BY line)::text, 'UTF8')
-- What is imported and what is not do not share a block.
FROM (SELECT r.*, r.line <= i.applied_line AS applied, (row_number() OVER (
        PARTITION BY r.organization_id, r.import_id, r.line <= i.applied_line ORDER BY r.line) - 1) / 1000 AS block
    FROM import_rows AS r JOIN imports AS i ON i.organization_id = r.organization_id AND i.id = r.import_id)
    AS numbered
GROUP BY organization_id, import_id, applied, block;
-- import_rows stays for replicas of the release before; the next one drops it.
