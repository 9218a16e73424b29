//! How much waits to be delivered, and for how long.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{Result, Tx};

/// Counting stops here: more than this is trouble enough.
const MOST: i64 = 10_000;

/// What waits for one destination.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) destination: &'static str,
    /// Events, 10,000 at most.
    pub(crate) events: i64,
    /// How long the oldest has waited, seconds.
    pub(crate) oldest: f64,
}

/// What waits for each of these destinations. Reads only what is not delivered.
pub(crate) async fn figures(
    tx: &mut Tx,
    destinations: &[&'static str],
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>> {
    let mut waiting = Vec::with_capacity(destinations.len());
    for destination in destinations {
        let events: i64 = tx
            .query(
                "SELECT CAST(coalesce(sum(event_count), 0) AS BIGINT) AS n FROM (SELECT event_count FROM outbox
                     WHERE destination = $1 AND delivered_time IS NULL LIMIT $2) AS waiting",
            )
            .bind(*destination)
            .bind(MOST)
            .value("n")
            .await?;
        let oldest: Option<Uuid> = tx
            .query(
                "SELECT event_id FROM outbox WHERE destination = $1 AND delivered_time IS NULL
                 ORDER BY position LIMIT 1",
            )
            .bind(*destination)
            .optional(|row| row.get("event_id"))
            .await?;
        let oldest = oldest.and_then(born).map_or(0.0, |born| (now - born).as_seconds_f64().max(0.0));
        waiting.push(Waiting { destination, events: events.min(MOST), oldest });
    }
    Ok(waiting)
}

/// When an event was made: its id is a UUIDv7.
fn born(event: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = event.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}
