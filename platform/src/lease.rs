//! A row to work on, that nobody else works on meanwhile.
//!
//! Work that outlives a request (an import, a bulk run, a mail) is a row with a state. A worker takes
//! it for a while, says from time to time that it still works, and gives it back; when it dies, the
//! lease ends and any replica takes the row over. Each taking raises the row's `lease_attempt`, the
//! **fence**: a worker that was too slow finds that its number is no longer the row's, and its writes
//! are refused. Who settles many rows in one statement asks the same there: `lease_owner` and
//! `lease_attempt` are still those of the [`Lease`]. The table has three columns beside its own:
//!
//! ```sql
//! lease_owner UUID,                          -- TEXT on SQLite
//! lease_until TIMESTAMPTZ,                   -- TEXT on SQLite; also "not before" of a row given back
//! lease_attempt BIGINT NOT NULL DEFAULT 0    -- INTEGER on SQLite
//! ```

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::db::{Assembled, Result, Row, Tx};

/// A table whose rows are worked on.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its column of type `Uuid` that names a row.
    pub key: &'static str,
    /// Which rows have work: `state IN ('QUEUED', 'APPLYING')`.
    pub ready: &'static str,
    /// Which of them come first: `create_time`.
    pub order: &'static str,
    /// How long a worker may be silent before its row is taken over.
    pub term: TimeDelta,
}

/// A row that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The row.
    pub key: Uuid,
    /// Who took it: a number that a worker draws when it starts.
    pub owner: Uuid,
    /// The fence, and how often the row has been taken, from 1.
    pub attempt: i64,
}

/// Rows in somebody's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Somebody works on them.
    pub held: i64,
    /// Whoever worked on them has died; the next worker takes them over.
    pub expired: i64,
}

impl Table {
    /// Takes up to `limit` rows that have work and that nobody holds. On PostgreSQL rows that another
    /// worker is taking at this moment are passed over. Commit before working.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::db::Error).
    pub async fn take(&self, tx: &mut Tx, owner: Uuid, limit: i64, now: DateTime<Utc>) -> Result<Vec<Lease>> {
        let taken = self.take_with(tx, (owner, limit, now), self.key, |_| Ok(())).await?;
        Ok(taken.into_iter().map(|(lease, ())| lease).collect())
    }

    /// [`take`](Self::take) by this owner, at most so many, at this time; with what the rows hold besides, in
    /// the same statement and in no order. `columns` are names of the table's columns.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::db::Error); also what `read` answers.
    pub async fn take_with<T>(
        &self,
        tx: &mut Tx,
        (owner, limit, now): (Uuid, i64, DateTime<Utc>),
        columns: &'static str,
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<(Lease, T)>> {
        let Self { name, key, ready, order, term } = self;
        let free = format!(
            "SELECT {key} FROM {name} WHERE ({ready}) AND (lease_until IS NULL OR lease_until <= $3)
             ORDER BY {order} LIMIT $4"
        );
        let text = |chosen: &str| {
            format!(
                "UPDATE {name} SET lease_owner = $1, lease_until = $2, lease_attempt = lease_attempt + 1
                 WHERE {key} {chosen} RETURNING {key} AS lease_key, lease_attempt, {columns}"
            )
        };
        // An array is computed once. PostgreSQL may run a list behind IN anew for each row of the table,
        // and each run passes over what the one before took: all rows, whatever the limit.
        let postgres = text(&format!("= ANY(ARRAY({free} FOR UPDATE SKIP LOCKED))"));
        tx.query(Assembled { postgres, sqlite: text(&format!("IN ({free})")) })
            .bind(owner)
            .bind(now + *term)
            .bind(now)
            .bind(limit)
            .all(|row| {
                let lease = Lease { key: row.get("lease_key")?, owner, attempt: row.get("lease_attempt")? };
                Ok((lease, read(row)?))
            })
            .await
    }

    /// Says that the worker still works, and asks whether the row is still its own. Call it first in
    /// every transaction that writes for the row: when it answers false, drop the transaction. It locks
    /// the row, so that nobody takes it over before the commit.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::db::Error).
    #[must_use = "false means that another worker has the row"]
    pub async fn keep(&self, tx: &mut Tx, lease: &Lease, now: DateTime<Utc>) -> Result<bool> {
        self.set(tx, lease, Some(lease.owner), Some(now + self.term), 0).await
    }

    /// Gives the row back, to be taken again at once or `not_before` a time (a retry with a pause).
    /// False when another worker has taken it over meanwhile.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::db::Error).
    pub async fn give_back(
        &self,
        tx: &mut Tx,
        lease: &Lease,
        not_before: Option<DateTime<Utc>>,
    ) -> Result<bool> {
        self.set(tx, lease, None, not_before, 0).await
    }

    /// Gives back a row that nobody worked on, at a stop for example: the taking does not count. False
    /// when another worker has taken it over meanwhile.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::db::Error).
    pub async fn put_back(&self, tx: &mut Tx, lease: &Lease) -> Result<bool> {
        self.set(tx, lease, None, None, 1).await
    }

    /// How many rows with work somebody holds, and how many were held by somebody who has been silent
    /// for longer than the term; of the first 10,000.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::db::Error).
    pub async fn held(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<Held> {
        let Self { name, ready, order, .. } = self;
        let text = format!(
            "SELECT count(CASE WHEN lease_until > $1 THEN 1 END) AS held,
                 count(CASE WHEN lease_until <= $1 THEN 1 END) AS expired
             FROM (SELECT lease_owner, lease_until FROM {name} WHERE ({ready}) ORDER BY {order} LIMIT 10000) AS work
             WHERE lease_owner IS NOT NULL"
        );
        let read = |row: &Row| Ok(Held { held: row.get("held")?, expired: row.get("expired")? });
        tx.query(Assembled::both(text)).bind(now).one(read).await
    }

    async fn set(
        &self,
        tx: &mut Tx,
        lease: &Lease,
        owner: Option<Uuid>,
        until: Option<DateTime<Utc>>,
        uncounted: i64,
    ) -> Result<bool> {
        let Self { name, key, .. } = self;
        let text = format!(
            "UPDATE {name} SET lease_owner = $1, lease_until = $2, lease_attempt = lease_attempt - $6
             WHERE {key} = $3 AND lease_owner = $4 AND lease_attempt = $5"
        );
        let changed = tx
            .query(Assembled::both(text))
            .bind(owner)
            .bind(until)
            .bind(lease.key)
            .bind(lease.owner)
            .bind(lease.attempt)
            .bind(uncounted)
            .execute()
            .await?;
        Ok(changed == 1)
    }
}
