//! The rows of the table `once`.

use chrono::{DateTime, Utc};

use super::{Answer, CLAIM, Call};
use crate::db::{Result, Row, Sql, Tx};

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
/// one id meet at a lock that can be tried. SQLite has one writer: there is no second.
pub(super) async fn alone(tx: &mut Tx, call: &Call) -> Result<bool> {
    let key = format!("{}\n{}\n{}", call.caller, call.rpc, call.request_id);
    tx.query(Sql {
        postgres: "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS alone",
        sqlite: "SELECT 1 AS alone WHERE $1 IS NOT NULL",
    })
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

pub(super) async fn insert(tx: &mut Tx, call: &Call, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "INSERT INTO once (caller, rpc, request_id, fingerprint, first_time, claimed_until)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&call.caller)
    .bind(call.rpc)
    .bind(&call.request_id)
    .bind(call.fingerprint)
    .bind(now)
    .bind(now + CLAIM)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn extend(tx: &mut Tx, call: &Call, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE once SET claimed_until = $4 WHERE caller = $1 AND rpc = $2 AND request_id = $3")
        .bind(&call.caller)
        .bind(call.rpc)
        .bind(&call.request_id)
        .bind(now + CLAIM)
        .execute()
        .await?;
    Ok(())
}
