-- W3C traceparent of the call that began the run; NULL outside of any trace.
ALTER TABLE bulk_runs ADD COLUMN traceparent TEXT;
