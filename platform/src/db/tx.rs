//! A transaction on either database.

use std::{collections::BTreeSet, sync::Arc};

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction, pool::PoolConnection};

use super::{Query, Scope, Text, Wakes, error::Result};

/// An open transaction. Dropping it rolls back. One use case, one transaction; never hold two.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    pub(super) connection: Connection,
    wakes: Option<Arc<Wakes>>,
    topics: BTreeSet<&'static str>,
}

pub(super) enum Connection {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
    /// Each statement is a transaction.
    Alone(PoolConnection<Sqlite>),
}

/// Where a statement runs.
pub(super) enum Engine<'c> {
    Postgres(&'c mut PgConnection),
    Sqlite(&'c mut SqliteConnection),
}

impl Connection {
    pub(super) fn engine(&mut self) -> Engine<'_> {
        match self {
            Self::Postgres(connection) => Engine::Postgres(connection),
            Self::Sqlite(connection) => Engine::Sqlite(connection),
            Self::Alone(connection) => Engine::Sqlite(connection),
        }
    }
}

impl Tx {
    pub(super) fn reading(connection: Connection) -> Self {
        Self { connection, wakes: None, topics: BTreeSet::new() }
    }

    pub(super) fn writing(connection: Connection, wakes: Arc<Wakes>) -> Self {
        Self { connection, wakes: Some(wakes), topics: BTreeSet::new() }
    }

    /// A statement with placeholders `$1`, `$2`, …; a placeholder may be used more than once.
    pub fn query(&mut self, text: impl Into<Text>) -> Query<'_> {
        Query::new(self, text.into())
    }

    /// From here on the transaction sees the rows of this scope instead: for the rare one that learns
    /// only on its way how far it reaches.
    ///
    /// # Errors
    ///
    /// See [`Error`](super::Error).
    pub async fn enter(&mut self, scope: impl Into<Scope>) -> Result<()> {
        let Connection::Postgres(connection) = &mut self.connection else { return Ok(()) };
        let text = format!("SET LOCAL app.orgs = ''; SET LOCAL app.root = ''; {}", scope.into().settings());
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut **connection).await?;
        Ok(())
    }

    /// Rings the bell of this topic once the transaction has committed: see
    /// [`Db::woken`](super::Db::woken).
    pub fn wake(&mut self, topic: &'static str) {
        self.topics.insert(topic);
    }

    /// True on PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.connection, Connection::Postgres(_))
    }

    /// Makes everything written durable.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) when the connection broke: whether the commit
    /// happened is then unknown, which is why every write has a request id.
    pub async fn commit(self) -> Result<()> {
        match self.connection {
            Connection::Postgres(connection) => connection.commit().await?,
            Connection::Sqlite(connection) => connection.commit().await?,
            Connection::Alone(_) => {}
        }
        if let Some(wakes) = self.wakes {
            self.topics.into_iter().for_each(|topic| wakes.ring(topic));
        }
        Ok(())
    }
}
