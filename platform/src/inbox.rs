//! An event that is delivered twice takes effect once.
//!
//! Delivery is at least once, so a consumer writes the event's id in the transaction of its effect and
//! skips an event whose id is there. Ids are kept longer than the seven days for which a restore can
//! make a producer deliver again.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::db::{self, Result, Sql, Tx};

/// How long an id is remembered.
pub const KEPT: TimeDelta = TimeDelta::days(30);

/// True when this event has not been consumed yet; from then on it has, if the transaction commits.
/// `source` is the producer's name, `identity`.
///
/// # Errors
///
/// See [`Error`](crate::db::Error).
pub async fn first_time(tx: &mut Tx, source: &str, event: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let written = tx
        .query(
            "INSERT INTO inbox (source, event_id, received_time) VALUES ($1, $2, $3)
             ON CONFLICT (source, event_id) DO NOTHING",
        )
        .bind(source)
        .bind(event)
        .bind(now)
        .execute()
        .await?;
    Ok(written == 1)
}

/// [`first_time`] for a whole delivery in one statement: the ids that are new.
///
/// # Errors
///
/// See [`Error`](crate::db::Error).
pub async fn first_times(
    tx: &mut Tx,
    source: &str,
    events: &[Uuid],
    now: DateTime<Utc>,
) -> Result<HashSet<Uuid>> {
    let new = tx
        .query(Sql {
            postgres: "INSERT INTO inbox (source, event_id, received_time)
                SELECT $1, value::uuid, $3 FROM jsonb_array_elements_text($2)
                ON CONFLICT (source, event_id) DO NOTHING RETURNING event_id",
            sqlite: "INSERT INTO inbox (source, event_id, received_time)
                SELECT $1, value, $3 FROM jsonb_each($2) WHERE true
                ON CONFLICT (source, event_id) DO NOTHING RETURNING event_id",
        })
        .bind(source)
        .bind_json(events)
        .bind(now)
        .all(|row| row.get("event_id"))
        .await?;
    Ok(new.into_iter().collect())
}

/// Forgets ids older than [`KEPT`], a few thousand at most; returns how many.
///
/// # Errors
///
/// See [`Error`](crate::db::Error).
pub async fn clean(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    db::prune(tx, "inbox", "received_time", now - KEPT).await
}
