//! One SQL text, two drivers.
//!
//! A service keeps its rows in SQLite files (everything in one process) or in PostgreSQL (many
//! processes) and its store functions do not know which. [`Db`] is a closed pair, not an abstraction
//! over any database: one text with `$1` placeholders runs on both, and where the two differ a
//! function passes a [`Sql`] pair. A value that either database cannot encode does not compile.
//!
//! How values are kept:
//!
//! | Rust | PostgreSQL | SQLite (`STRICT` tables) |
//! |---|---|---|
//! | `i64` | `BIGINT` | `INTEGER` |
//! | `String` | `TEXT` | `TEXT` |
//! | `bool` | `BOOLEAN` | `INTEGER` 0 / 1 |
//! | `Vec<u8>` | `BYTEA` | `BLOB` |
//! | `Uuid` | `UUID` | `TEXT`, 36 lower-case characters |
//! | `DateTime<Utc>` | `TIMESTAMPTZ` | `TEXT`, `2026-01-31T08:00:00.000000Z`: always 27 characters, so it sorts |
//! | `serde_json::Value` | `JSONB` | `TEXT` |
//!
//! Rules that make one text enough: `ON CONFLICT DO NOTHING` and the row count instead of catching
//! the violation; no `now()`, `ILIKE`, arrays or `SERIAL`; `count(*)` and `sum(…)` get an alias and
//! `CAST(sum(x) AS BIGINT)`; text that is paged by order gets `COLLATE "C"` in the PostgreSQL migration.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{Postgres, Sqlite};

pub(crate) use self::prune::{MOST as MOST_PRUNED, prune};
pub use self::{
    error::{Error, Result},
    kept::{Asked, Kept},
    migrate::{Migration, Migrations},
    query::Query,
    row::{Column, Row},
    scope::{Everyone, Scope},
    sql::{Assembled, Sql, Text},
    tx::Tx,
    value::{Bind, Value, time_text},
    wake::Wakes,
};
pub use crate::__migrations as migrations;

use self::shelf::Shelf;

mod error;
mod kept;
mod migrate;
mod open;
mod pool;
mod postgres;
mod prune;
mod query;
mod roles;
mod row;
mod rows;
mod scope;
mod shelf;
mod sql;
mod sqlite;
mod tx;
mod value;
mod wake;

/// Where a service keeps its rows.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file; it and its folder are created when missing.
    Sqlite(PathBuf),
    /// A PostgreSQL database, `postgres://user:password@host:port/name`; created when missing.
    Postgres {
        /// The connection URL. It may hold a password: never log it.
        url: String,
        /// The most connections this process opens.
        connections: u32,
    },
}

/// A database seen from one [`Scope`]. Made by [`Db::of`].
#[derive(Debug)]
#[must_use = "call read or write"]
pub struct Scoped<'d> {
    db: &'d Db,
    scope: Scope,
}

/// Creates a PostgreSQL database and its roles when missing and brings its tables up to `migrations`
/// (after those of `once`, `outbox` and `inbox`) under a lock. The user of `url` is `roster_owner`, a
/// member of it, or one who may make roles.
///
/// # Errors
///
/// As [`Db::open`].
pub async fn migrate(url: &str, migrations: &Migrations) -> Result<()> {
    postgres::migrate(url, migrations).await
}

/// The database of one service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    engine: Engine,
    wakes: Arc<Wakes>,
    waits: Arc<pool::Waits>,
}

#[derive(Debug, Clone)]
enum Engine {
    /// `write` is how a transaction begins that may write.
    Postgres {
        shelf: Arc<Shelf<Postgres>>,
        write: &'static str,
    },
    Sqlite {
        writer: Arc<Shelf<Sqlite>>,
        readers: Arc<Shelf<Sqlite>>,
    },
}

impl Db {
    /// This database as seen from a [`Tenant`](crate::tenant::Tenant), a [`Scope`] or, with a reason,
    /// [`Everyone`].
    pub fn of(&self, scope: impl Into<Scope>) -> Scoped<'_> {
        Scoped { db: self, scope: scope.into() }
    }

    /// As [`Scoped::read`], for nobody's rows: those of tables without a tenant.
    ///
    /// # Errors
    ///
    /// As [`Scoped::read`].
    pub async fn read(&self) -> Result<Tx> {
        self.of(Scope::default()).read().await
    }

    /// As [`Scoped::write`], for nobody's rows: those of tables without a tenant.
    ///
    /// # Errors
    ///
    /// As [`Scoped::write`].
    pub async fn write(&self) -> Result<Tx> {
        self.of(Scope::default()).write().await
    }

    /// Asks the database for a sign of life: what readiness is made of. Not counted among the transactions
    /// that were begun: who asks wants to know whether others got through.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when it gives none for 5 seconds.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = match &self.engine {
            Engine::Postgres { shelf, .. } => postgres::look(shelf, &Scope::default()).await?,
            Engine::Sqlite { readers, .. } => sqlite::look(readers).await?,
        };
        tx.query("SELECT 1 AS n").execute().await.map(drop)
    }

    /// The bell that rings when a transaction commits which called [`Tx::wake`] with this topic. It
    /// rings in this process only: whoever waits for it polls as well.
    pub fn woken(&self, topic: &'static str) -> tokio::sync::watch::Receiver<()> {
        self.wakes.subscribe(topic)
    }

    /// True on PostgreSQL. For the few places where a store function takes a driver's fast path.
    pub fn is_postgres(&self) -> bool {
        matches!(self.engine, Engine::Postgres { .. })
    }

    /// Writes a copy of a SQLite database, as of one moment, to a new file. To make the copies of
    /// several databases be of the same moment, hold a [`Db::write`] transaction of each meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Other`] on PostgreSQL, which is copied with its own tools, or when the file exists.
    pub async fn backup_to(&self, path: &Path) -> Result<()> {
        match &self.engine {
            Engine::Postgres { .. } => Err(Error::other("copy a PostgreSQL database with pg_dump")),
            Engine::Sqlite { readers, .. } => sqlite::copy(readers, path).await,
        }
    }

    /// Waits for open transactions and closes all connections.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Postgres { shelf, .. } => shelf.close().await,
            Engine::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

impl Scoped<'_> {
    /// Begins a transaction that only reads, and sees the database as of its first statement. On
    /// SQLite it never waits for a writer.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when no connection is free for 5 seconds.
    pub async fn read(self) -> Result<Tx> {
        let begun = async {
            match &self.db.engine {
                Engine::Postgres { shelf, .. } => postgres::read(shelf, &self.scope).await,
                Engine::Sqlite { readers, .. } => sqlite::read(readers).await,
            }
        };
        self.db.waits.timed(begun).await
    }

    /// As [`read`](Self::read) for statements that need no common snapshot, a single one above all: each
    /// is its own transaction, which saves two of three steps to the driver's thread or to the server.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn look(self) -> Result<Tx> {
        let begun = async {
            match &self.db.engine {
                Engine::Postgres { shelf, .. } => postgres::look(shelf, &self.scope).await,
                Engine::Sqlite { readers, .. } => sqlite::look(readers).await,
            }
        };
        self.db.waits.timed(begun).await
    }

    /// Begins a transaction that may write. On SQLite there is one writer at a time (`BEGIN
    /// IMMEDIATE`), so what it reads cannot change under it; on PostgreSQL it is READ COMMITTED: lock
    /// what you decide on with `FOR UPDATE`, or decide in the `WHERE` of the update.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when no connection is free for 5 seconds.
    pub async fn write(self) -> Result<Tx> {
        let wakes = self.db.wakes.clone();
        let begun = async {
            match &self.db.engine {
                Engine::Postgres { shelf, write } => postgres::write(shelf, write, &self.scope, wakes).await,
                Engine::Sqlite { writer, .. } => sqlite::write(writer, wakes).await,
            }
        };
        self.db.waits.timed(begun).await
    }
}
