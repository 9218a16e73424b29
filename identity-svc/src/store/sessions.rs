//! The table `sessions`. A session that ends is deleted.

use chrono::{DateTime, Utc};
use platform::db::{Result, Row, Tx};
use uuid::Uuid;

use crate::domain::session::Session;
use crate::store::memberships::TOPIC;

macro_rules! columns {
    () => {
        "id, account_id, user_agent, create_time, last_use_time, expire_time"
    };
}

/// A session whose person may still sign in.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The session.
    pub session: Session,
    /// Whether the portal lets the person in: some user of theirs has both boxes, Active and Portal Access,
    /// or they have none yet (E7, A10).
    pub portal: bool,
}

/// Writes a new session.
pub async fn insert(tx: &mut Tx, session: &Session, token_hash: [u8; 32]) -> Result<()> {
    tx.query(
        "INSERT INTO sessions (id, account_id, user_agent, create_time, last_use_time, expire_time, token_hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(session.id)
    .bind(session.account)
    .bind(&session.user_agent)
    .bind(session.create_time)
    .bind(session.last_use_time)
    .bind(session.expire_time)
    .bind(token_hash)
    .execute()
    .await?;
    Ok(())
}

/// The session of a token, if its person may still sign in.
pub async fn find_admitted(tx: &mut Tx, token_hash: [u8; 32]) -> Result<Option<Admission>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        ", (NOT EXISTS (SELECT 1 FROM users u WHERE u.account_id = s.account_id)
                OR EXISTS (SELECT 1 FROM users u
                    WHERE u.account_id = s.account_id AND u.active AND u.portal_access)) AS portal
         FROM sessions s WHERE token_hash = $1
             AND (NOT EXISTS (SELECT 1 FROM users u WHERE u.account_id = s.account_id)
                 OR EXISTS (SELECT 1 FROM users u WHERE u.account_id = s.account_id AND u.active))"
    ))
    .bind(token_hash)
    .optional(|row| Ok(Admission { session: read(row)?, portal: row.get("portal")? }))
    .await
}

/// The session.
pub async fn find(tx: &mut Tx, account: Uuid, id: Uuid) -> Result<Option<Session>> {
    tx.query(concat!("SELECT ", columns!(), " FROM sessions WHERE account_id = $1 AND id = $2"))
        .bind(account)
        .bind(id)
        .optional(read)
        .await
}

/// Live sessions of an account, newest first.
pub async fn page(
    tx: &mut Tx,
    account: Uuid,
    before: Option<Uuid>,
    used_after: DateTime<Utc>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Session>> {
    tx.query(concat!(
        "SELECT ", columns!(), " FROM sessions
         WHERE account_id = $1 AND id < $2 AND last_use_time > $3 AND expire_time > $4 ORDER BY id DESC LIMIT $5"
    ))
    .bind(account)
    .bind(before.unwrap_or(Uuid::max()))
    .bind(used_after)
    .bind(now)
    .bind(limit)
    .all(read)
    .await
}

/// Notes a use.
pub async fn used(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<u64> {
    tx.query("UPDATE sessions SET last_use_time = $2 WHERE id = $1 AND last_use_time < $2")
        .bind(id)
        .bind(now)
        .execute()
        .await
}

/// Ends one session.
pub async fn delete(tx: &mut Tx, account: Uuid, id: Uuid) -> Result<u64> {
    tx.wake(TOPIC);
    tx.query("DELETE FROM sessions WHERE account_id = $1 AND id = $2").bind(account).bind(id).execute().await
}

/// Ends all sessions of an account.
pub async fn delete_all(tx: &mut Tx, account: Uuid) -> Result<u64> {
    tx.wake(TOPIC);
    tx.query("DELETE FROM sessions WHERE account_id = $1").bind(account).execute().await
}

/// Forgets sessions that are over.
pub async fn clean(tx: &mut Tx, used_before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM sessions WHERE expire_time <= $1 OR last_use_time <= $2")
        .bind(now)
        .bind(used_before)
        .execute()
        .await
}

fn read(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        account: row.get("account_id")?,
        user_agent: row.get("user_agent")?,
        create_time: row.get("create_time")?,
        last_use_time: row.get("last_use_time")?,
        expire_time: row.get("expire_time")?,
    })
}
