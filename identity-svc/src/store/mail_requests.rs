//! The table `mail_requests`: mails that anybody can ask for, slowed per address, known or not.

use chrono::{DateTime, Utc};
use platform::db::{Result, Tx};

/// Notes a request; false when there was one since `before`.
pub async fn admit(
    tx: &mut Tx,
    email_hash: [u8; 32],
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let written = tx
        .query(
            "INSERT INTO mail_requests (email_hash, request_time) VALUES ($1, $2)
             ON CONFLICT (email_hash) DO UPDATE SET request_time = excluded.request_time
             WHERE mail_requests.request_time <= $3",
        )
        .bind(email_hash)
        .bind(now)
        .bind(before)
        .execute()
        .await?;
    Ok(written == 1)
}

/// Forgets requests that slow nobody down any more.
pub async fn clean(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM mail_requests WHERE request_time <= $1").bind(before).execute().await
}
