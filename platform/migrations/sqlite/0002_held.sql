-- What is held, in somebody's hands or put off, is few rows and is looked up as a set: see
-- platform/src/outbox/claim.rs. The release before reads outbox_waiting_by_key: the next one drops it.
CREATE INDEX outbox_held ON outbox (destination, due_time) WHERE delivered_time IS NULL AND attempt > 0;
