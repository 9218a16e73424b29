-- W3C traceparent of the change that asked for the mail; NULL outside of any trace.
ALTER TABLE messages ADD COLUMN traceparent TEXT;
