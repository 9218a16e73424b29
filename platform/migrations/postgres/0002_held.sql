-- What is held, in somebody's hands or put off, is few rows and is looked up as a set: see
-- platform/src/outbox/claim.rs.
CREATE INDEX outbox_held ON outbox (destination, due_time) WHERE delivered_time IS NULL AND attempt > 0;
DROP INDEX outbox_waiting_by_key;
