-- A connection broke behind the final dot of the mail: it may have gone, and is repeated once.
ALTER TABLE messages ADD COLUMN in_doubt BOOLEAN NOT NULL DEFAULT FALSE;
