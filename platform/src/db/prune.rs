//! Deleting old rows a few at a time: a statement that deletes a million keeps everybody else from
//! writing on SQLite, and on PostgreSQL may never come to its end before its time is over.

use chrono::{DateTime, Utc};

use super::{Assembled, Result, Tx};

/// The most rows that one statement deletes.
pub(crate) const MOST: u64 = 5_000;

/// Deletes at most [`MOST`] rows of `table` whose `time` is not after `last`; returns how many. The
/// names are constants of the code.
pub(crate) async fn prune(
    tx: &mut Tx,
    table: &'static str,
    time: &'static str,
    last: DateTime<Utc>,
) -> Result<u64> {
    let some = |row: &str| format!("SELECT {row} FROM {table} WHERE {time} <= $1 LIMIT {MOST}");
    tx.query(Assembled {
        postgres: format!("DELETE FROM {table} WHERE ctid = ANY(ARRAY({}))", some("ctid")),
        sqlite: format!("DELETE FROM {table} WHERE rowid IN ({})", some("rowid")),
    })
    .bind(last)
    .execute()
    .await
}
