-- W3C traceparent of the call that gave the seats; NULL outside of any trace.
ALTER TABLE announcements ADD COLUMN traceparent TEXT;
