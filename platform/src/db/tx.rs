//! A transaction on either database.

use std::{collections::BTreeSet, sync::Arc};

use sqlx::{Postgres, Sqlite};

use super::{Query, Scope, Text, Wakes, error::Result, shelf::Lent};

/// An open transaction. Dropping it rolls back. One use case, one transaction; never hold two.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    pub(super) connection: Connection,
    wakes: Option<Arc<Wakes>>,
    topics: BTreeSet<&'static str>,
}

/// Where statements run: in a transaction that was begun, or each in its own.
pub(super) enum Connection {
    Postgres(Lent<Postgres>),
    Sqlite(Lent<Sqlite>),
}

/// The bells of a transaction whose commit has begun. Rung when this is dropped: also for a caller who went
/// away before the answer, and for a commit of which nobody knows whether it was done.
struct Bells {
    wakes: Arc<Wakes>,
    topics: BTreeSet<&'static str>,
}

impl Drop for Bells {
    fn drop(&mut self) {
        self.topics.iter().for_each(|topic| self.wakes.ring(topic));
    }
}

impl Tx {
    pub(super) fn reading(connection: Connection) -> Self {
        Self { connection, wakes: None, topics: BTreeSet::new() }
    }

    pub(super) fn writing(connection: Connection, wakes: Arc<Wakes>) -> Self {
        Self { connection, wakes: Some(wakes), topics: BTreeSet::new() }
    }

    /// Whether it is one that may write.
    pub(super) fn may_write(&self) -> bool {
        self.wakes.is_some()
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
        let Connection::Postgres(lent) = &mut self.connection else { return Ok(()) };
        let scope = scope.into();
        if !lent.is_open() {
            return lent.see(&scope).await;
        }
        let text = sqlx::AssertSqlSafe(scope.settings("SET LOCAL"));
        sqlx::raw_sql(text).execute(lent.busy()).await?;
        lent.done();
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
        let _bells = self.wakes.map(|wakes| Bells { wakes, topics: self.topics });
        match self.connection {
            Connection::Postgres(mut lent) => lent.commit().await,
            Connection::Sqlite(mut lent) => lent.commit().await,
        }
    }
}
