-- W3C traceparent of the upload, then of the acceptance; NULL outside of any trace.
ALTER TABLE imports ADD COLUMN traceparent TEXT;
-- What is shown to operators: how many imports are in which state.
CREATE INDEX imports_by_state ON imports (state);
