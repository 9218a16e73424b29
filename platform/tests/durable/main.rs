//! The database and the durable habits, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use platform::db::{Migration, Migrations};

mod crash;
mod db;
mod inbox;
mod kept;
mod lease;
mod once;
mod open;
mod order;
mod outbox;
mod receiver;
mod shelf;
mod walls;

/// A table of every kind of column, and one whose rows are leased.
const TABLES: Migrations = Migrations {
    steps: &[Migration {
        name: "0001_test",
        postgres: "CREATE TABLE things (
                id UUID PRIMARY KEY, label TEXT NOT NULL UNIQUE, flag BOOLEAN NOT NULL, bytes BYTEA NOT NULL,
                at TIMESTAMPTZ NOT NULL, detail JSONB NOT NULL, number BIGINT);
            CREATE TABLE jobs (
                id UUID PRIMARY KEY, state TEXT NOT NULL, create_time TIMESTAMPTZ NOT NULL,
                lease_owner UUID, lease_until TIMESTAMPTZ, lease_attempt BIGINT NOT NULL DEFAULT 0);
            CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
            INSERT INTO counters VALUES ('total', 0);",
        sqlite: "CREATE TABLE things (
                id TEXT NOT NULL PRIMARY KEY, label TEXT NOT NULL UNIQUE, flag INTEGER NOT NULL, bytes BLOB NOT NULL,
                at TEXT NOT NULL, detail TEXT NOT NULL, number INTEGER) STRICT;
            CREATE TABLE jobs (
                id TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL, create_time TEXT NOT NULL,
                lease_owner TEXT, lease_until TEXT, lease_attempt INTEGER NOT NULL DEFAULT 0) STRICT;
            CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT;
            INSERT INTO counters VALUES ('total', 0);",
    }],
};
