-- SQLite keeps the foreign keys: they cost it little, and the tests run on them.
SELECT 1;
