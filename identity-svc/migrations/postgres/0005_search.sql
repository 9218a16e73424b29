-- A search looks at the text of every user of a place: in the index, which is a fraction of the table.
DROP INDEX users_by_name;
CREATE INDEX users_by_name ON users (organization_id, sort_name, id) INCLUDE (search_text);
