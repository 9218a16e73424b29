//! The rows of the outbox: claimed, delivered, put off.

use chrono::{DateTime, TimeDelta, Utc};
use prost::Message as _;
use proto::events::v1::Event;
use uuid::Uuid;

use crate::db::{Result, Row, Sql, Tx};

/// How long a claim lasts. A relay that died in the middle of a delivery is succeeded after it.
pub(super) const CLAIM: TimeDelta = TimeDelta::seconds(20);

/// The most events of one delivery.
pub(super) const BATCH: i64 = 500;

/// Rows that this relay alone delivers, until the claim ends.
pub(super) struct Batch {
    pub(super) claim: Uuid,
    /// In the order in which they were put.
    pub(super) items: Vec<Item>,
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) position: i64,
    pub(super) event: Event,
    /// How often it has been tried, with this time.
    pub(super) attempt: i64,
}

/// Claims the oldest rows that are due and whose key has no row in somebody's hands or put off.
/// A row that cannot be read stays claimed: what was claimed with it passes it, later rows of its key wait.
pub(super) async fn claim(tx: &mut Tx, destination: &str, now: DateTime<Utc>) -> Result<Batch> {
    meet(tx, destination).await?;
    let claim = Uuid::now_v7();
    let rows = tx
        .query(Sql { postgres: CLAIM_POSTGRES, sqlite: CLAIM_SQLITE })
        .bind(destination)
        .bind(now)
        .bind(claim)
        .bind(now + CLAIM)
        .bind(BATCH)
        .all(read)
        .await?;
    let mut items: Vec<Item> = rows.into_iter().flatten().collect();
    items.sort_unstable_by_key(|item| item.position);
    Ok(Batch { claim, items })
}

fn read(row: &Row) -> Result<Option<Item>> {
    let (position, bytes): (i64, Vec<u8>) = (row.get("position")?, row.get("event")?);
    let Ok(event) = Event::decode(bytes.as_slice()) else {
        tracing::error!(position, "an event in the outbox cannot be read");
        return Ok(None);
    };
    Ok(Some(Item { position, event, attempt: row.get("attempt")? }))
}

/// Two relays that claim at the same moment would not see each other's rows, and the second could get
/// a later event of a key than the first: they take turns. SQLite has one writer anyway.
async fn meet(tx: &mut Tx, destination: &str) -> Result<()> {
    if tx.is_postgres() {
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('outbox to ' || $1, 0))";
        tx.query(lock).bind(destination).execute().await?;
    }
    Ok(())
}

/// The keys that are held are looked up once: an import leaves thousands of rows that wait. A row that
/// commits after a later one of its key was taken waits for it: it is late already. A row that nobody tried
/// is due whatever the clock of its writer said; so what is held was tried, as its index asks for.
macro_rules! due {
    ($lock:literal) => {
        concat!(
            "SELECT position FROM outbox AS waiting
             WHERE destination = $1 AND delivered_time IS NULL AND (attempt = 0 OR due_time <= $2)
                 AND ordering_key NOT IN (
                     SELECT ordering_key FROM outbox
                     WHERE destination = $1 AND delivered_time IS NULL AND attempt > 0 AND due_time > $2
                         AND ordering_key <> '')
             ORDER BY position LIMIT $5 ",
            $lock
        )
    };
}

const CLAIM_POSTGRES: &str = concat!(
    "UPDATE outbox SET claim = $3, due_time = $4, attempt = attempt + 1 WHERE position = ANY(ARRAY(",
    due!("FOR UPDATE SKIP LOCKED"),
    ")) RETURNING position, event, attempt"
);
const CLAIM_SQLITE: &str = concat!(
    "UPDATE outbox SET claim = $3, due_time = $4, attempt = attempt + 1 WHERE position IN (",
    due!(""),
    ") RETURNING position, event, attempt"
);

/// The destination has them. Rows whose claim ended meanwhile are left to their new owner.
pub(super) async fn delivered(tx: &mut Tx, claim: Uuid, positions: &[i64], now: DateTime<Utc>) -> Result<()> {
    tx.query(Sql {
        postgres: "UPDATE outbox SET delivered_time = $2, claim = NULL WHERE claim = $3
            AND position = ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($1)))",
        sqlite: "UPDATE outbox SET delivered_time = $2, claim = NULL WHERE claim = $3
            AND position IN (SELECT value FROM jsonb_each($1))",
    })
    .bind_json(positions)
    .bind(now)
    .bind(claim)
    .execute()
    .await?;
    Ok(())
}

/// Nobody tried them: they are due at once and the attempt does not count.
pub(super) async fn release(tx: &mut Tx, claim: Uuid, positions: &[i64], now: DateTime<Utc>) -> Result<()> {
    tx.query(Sql {
        postgres: "UPDATE outbox SET due_time = $2, claim = NULL, attempt = attempt - 1 WHERE claim = $3
            AND position = ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($1)))",
        sqlite: "UPDATE outbox SET due_time = $2, claim = NULL, attempt = attempt - 1 WHERE claim = $3
            AND position IN (SELECT value FROM jsonb_each($1))",
    })
    .bind_json(positions)
    .bind(now)
    .bind(claim)
    .execute()
    .await?;
    Ok(())
}

/// The destination refused it: it is due again at `due_time`, and its key waits with it.
pub(super) async fn put_off(tx: &mut Tx, claim: Uuid, position: i64, due_time: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE outbox SET due_time = $2, claim = NULL WHERE claim = $3 AND position = $1")
        .bind(position)
        .bind(due_time)
        .bind(claim)
        .execute()
        .await?;
    Ok(())
}
