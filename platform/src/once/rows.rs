//! The rows of the table `once`.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Answer, CLAIM, Call, KEPT};
use crate::db::{Result, Row, Tx};

/// Milliseconds between tries, 63 in all.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 16, 32];

pub(super) struct Stored {
    pub(super) fingerprint: Vec<u8>,
    pub(super) first_time: DateTime<Utc>,
    pub(super) claimed_until: DateTime<Utc>,
    pub(super) answer: Option<Answer>,
}

fn read(row: &Row) -> Result<Stored> {
    let bytes: Option<Vec<u8>> = row.get("answer")?;
    let refused: Option<bool> = row.get("refused")?;
    let answer = bytes.map(|bytes| match refused {
        Some(true) => Answer::Refusal(bytes),
        _ => Answer::Reply(bytes),
    });
    Ok(Stored {
        fingerprint: row.get("fingerprint")?,
        first_time: row.get("first_time")?,
        claimed_until: row.get("claimed_until")?,
        answer,
    })
}

/// On PostgreSQL the insert of a second call would wait for the first one's transaction, so calls with
/// one id meet at a lock that can be tried. It is tried for a moment: a transaction that was just
/// dropped holds its locks until its connection has said so. SQLite has one writer: there is no second.
pub(super) async fn alone(tx: &mut Tx, call: &Call) -> Result<bool> {
    if !tx.is_postgres() {
        return Ok(true);
    }
    for pause in PAUSES {
        if try_lock(tx, call).await? {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    try_lock(tx, call).await
}

async fn try_lock(tx: &mut Tx, call: &Call) -> Result<bool> {
    let key = format!("once {}\n{}\n{}", call.caller, call.rpc, call.request_id);
    tx.query("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS alone")
        .bind(key)
        .value("alone")
        .await
}

pub(super) async fn find(tx: &mut Tx, call: &Call) -> Result<Option<Stored>> {
    tx.query(
        "SELECT fingerprint, first_time, claimed_until, refused, answer FROM once
         WHERE caller = $1 AND rpc = $2 AND request_id = $3",
    )
    .bind(&call.caller)
    .bind(call.rpc)
    .bind(&call.request_id)
    .optional(read)
    .await
}

/// Writes the claim, over one that is too old to count. The first time of a claim that is taken over
/// stays.
pub(super) async fn claim(tx: &mut Tx, call: &Call, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "INSERT INTO once (caller, rpc, request_id, fingerprint, first_time, claimed_until)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (caller, rpc, request_id) DO UPDATE SET
             fingerprint = excluded.fingerprint, claimed_until = excluded.claimed_until,
             first_time = CASE WHEN once.first_time <= $7 THEN excluded.first_time ELSE once.first_time END,
             refused = NULL, answer = NULL",
    )
    .bind(&call.caller)
    .bind(call.rpc)
    .bind(&call.request_id)
    .bind(call.fingerprint)
    .bind(now)
    .bind(now + CLAIM)
    .bind(now - KEPT)
    .execute()
    .await?;
    Ok(())
}

/// The end of a claim tells whose it is: one that was taken over ends at another time.
pub(super) async fn renew(tx: &mut Tx, call: &Call, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64> {
    tx.query(
        "UPDATE once SET claimed_until = $4
         WHERE caller = $1 AND rpc = $2 AND request_id = $3 AND claimed_until = $5 AND answer IS NULL",
    )
    .bind(&call.caller)
    .bind(call.rpc)
    .bind(&call.request_id)
    .bind(now + CLAIM)
    .bind(since + CLAIM)
    .execute()
    .await
}

pub(super) async fn store(tx: &mut Tx, call: &Call, answer: &Answer) -> Result<u64> {
    let (refused, bytes) = match answer {
        Answer::Reply(bytes) => (false, bytes),
        Answer::Refusal(bytes) => (true, bytes),
    };
    tx.query("UPDATE once SET refused = $4, answer = $5 WHERE caller = $1 AND rpc = $2 AND request_id = $3")
        .bind(&call.caller)
        .bind(call.rpc)
        .bind(&call.request_id)
        .bind(refused)
        .bind(bytes)
        .execute()
        .await
}

pub(super) async fn forget(tx: &mut Tx, call: &Call, since: DateTime<Utc>) -> Result<u64> {
    tx.query(
        "DELETE FROM once
         WHERE caller = $1 AND rpc = $2 AND request_id = $3 AND claimed_until = $4 AND answer IS NULL",
    )
    .bind(&call.caller)
    .bind(call.rpc)
    .bind(&call.request_id)
    .bind(since + CLAIM)
    .execute()
    .await
}
