-- Up to which line users were begun to be written: a cancelled import finishes that, so that its rows tell of
-- everybody who was added.
ALTER TABLE imports ADD COLUMN begun_line INTEGER NOT NULL DEFAULT 0;
