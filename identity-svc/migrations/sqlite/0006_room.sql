-- SQLite changes a row where it stands.
SELECT 1;
