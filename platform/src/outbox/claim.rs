//! Rows that one relay alone delivers, for a while.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use proto::events::v1::Event;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::packed;
use crate::db::{Error, Result, Row, Sql, Tx};

/// How long a claim lasts. A relay that died in the middle of a delivery is succeeded after it.
pub(super) const CLAIM: TimeDelta = TimeDelta::seconds(20);

/// A delivery takes rows until it has as many events, so it has fewer than twice that.
const MOST: i64 = packed::EVENTS as i64;

/// Rows that this relay alone delivers, until the claim ends.
pub(super) struct Batch {
    pub(super) claim: Uuid,
    /// In the order in which they were put.
    pub(super) rows: Vec<Claimed>,
    /// Keys of events in somebody's hands or put off: their later events wait, in these rows too.
    pub(super) held: HashSet<String>,
}

/// A row, with as many events as it has left.
pub(super) struct Claimed {
    pub(super) position: i64,
    /// How often it has been tried, with this time.
    pub(super) attempt: i64,
    pub(super) events: Vec<Event>,
}

impl Batch {
    /// Each event and the attempt at its row.
    pub(super) fn events(&self) -> impl Iterator<Item = (&Event, i64)> {
        self.rows.iter().flat_map(|row| row.events.iter().map(|event| (event, row.attempt)))
    }
}

/// Claims the oldest rows that are due and have an event whose key is not held. A row that cannot be read
/// stays claimed: what was claimed with it passes it, later events of its keys wait.
pub(super) async fn claim(tx: &mut Tx, destination: &str, now: DateTime<Utc>) -> Result<Batch> {
    let held = held(tx, destination, now).await?;
    let claim = Uuid::now_v7();
    let rows = tx
        .query(Sql { postgres: CLAIM_POSTGRES, sqlite: CLAIM_SQLITE })
        .bind(destination)
        .bind(now)
        .bind(claim)
        .bind(now + CLAIM)
        .bind(json!(held))
        .bind(MOST)
        .all(read)
        .await?;
    let mut rows: Vec<Claimed> = rows.into_iter().flatten().collect();
    rows.sort_unstable_by_key(|row| row.position);
    Ok(Batch { claim, rows, held })
}

fn read(row: &Row) -> Result<Option<Claimed>> {
    let (position, bytes): (i64, Vec<u8>) = (row.get("position")?, row.get("event")?);
    let Some(events) = packed::unpack(&bytes) else {
        tracing::error!(position, "a row of the outbox cannot be read");
        return Ok(None);
    };
    Ok(Some(Claimed { position, attempt: row.get("attempt")?, events }))
}

/// Two relays that claim, or write down, at the same moment would not see each other's rows, and the second
/// could get a later event of a key than the first: they take turns. SQLite has one writer anyway.
pub(super) async fn meet(tx: &mut Tx, destination: &str) -> Result<()> {
    if tx.is_postgres() {
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('outbox to ' || $1, 0))";
        tx.query(lock).bind(destination).execute().await?;
    }
    Ok(())
}

/// The keys that are held. They are few, and looked up once: an import leaves thousands of events that wait.
/// A row that nobody tried is due whatever the clock of its writer said; so what is held was tried, as its
/// index asks for. A row that commits after a later one of its key was taken waits for it: it is late already.
async fn held(tx: &mut Tx, destination: &str, now: DateTime<Utc>) -> Result<HashSet<String>> {
    let keys = tx
        .query(
            "SELECT ordering_key, ordering_keys FROM outbox
             WHERE destination = $1 AND delivered_time IS NULL AND attempt > 0 AND due_time > $2",
        )
        .bind(destination)
        .bind(now)
        .all(|row| match row.get::<Option<Json>>("ordering_keys")? {
            Some(keys) => serde_json::from_value(keys).map_err(|error| Error::broken("ordering_keys", error)),
            None => Ok(vec![row.get("ordering_key")?]),
        })
        .await?;
    Ok(keys.into_iter().flatten().filter(|key: &String| !key.is_empty()).collect())
}

/// Rows until there are enough events. What a row's keys are is looked at only when some are held.
macro_rules! due {
    ($any:literal, $held:literal, $own:literal) => {
        concat!(
            "SELECT position FROM (
                SELECT position, sum(event_count) OVER (ORDER BY position) - event_count AS events_before
                FROM (SELECT position, event_count FROM outbox
                    WHERE destination = $1 AND delivered_time IS NULL AND (attempt = 0 OR due_time <= $2)
                        AND CASE WHEN ",
            $any,
            " = 0 THEN true
                            WHEN ordering_keys IS NULL THEN ordering_key NOT IN (",
            $held,
            ") ELSE EXISTS (",
            $own,
            " WHERE value NOT IN (",
            $held,
            ")) END
                    ORDER BY position LIMIT $6) AS due) AS next
            WHERE events_before < $6"
        )
    };
}

const CLAIM_POSTGRES: &str = concat!(
    "UPDATE outbox SET claim = $3, due_time = $4, attempt = attempt + 1 WHERE position = ANY(ARRAY(",
    due!(
        "jsonb_array_length($5)",
        "SELECT jsonb_array_elements_text($5)",
        "SELECT 1 FROM jsonb_array_elements_text(ordering_keys) AS own (value)"
    ),
    ")) RETURNING position, event, attempt"
);
const CLAIM_SQLITE: &str = concat!(
    "UPDATE outbox SET claim = $3, due_time = $4, attempt = attempt + 1 WHERE position IN (",
    due!(
        "json_array_length($5)",
        "SELECT value FROM json_each($5)",
        "SELECT 1 FROM json_each(ordering_keys)"
    ),
    ") RETURNING position, event, attempt"
);
