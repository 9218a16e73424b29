-- A row may hold several events: see platform/src/outbox/packed.rs. Compressing what is read once takes longer
-- than writing it.
ALTER TABLE outbox ADD COLUMN event_count BIGINT NOT NULL DEFAULT 1, ADD COLUMN ordering_keys JSONB,
    ALTER COLUMN ordering_keys SET STORAGE EXTERNAL, ALTER COLUMN event SET STORAGE EXTERNAL;
DROP INDEX outbox_waiting_by_key;
