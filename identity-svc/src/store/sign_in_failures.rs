//! The table `sign_in_failures`: tries since the last success, of an address or on a device that is known. Both are
//! counted under a SHA-256, in the column `email_hash`: of the address, or of the device's token.

use chrono::{DateTime, Utc};
use platform::db::{Result, Tx};

use crate::domain::throttle::Failures;

/// The tries of a counter, locked; a first one is written down. One statement: between two, a sign-in that
/// succeeds could take the row away.
pub async fn lock(tx: &mut Tx, counter: [u8; 32], now: DateTime<Utc>) -> Result<Failures> {
    tx.query(
        "INSERT INTO sign_in_failures (email_hash, attempts, failures, next_try_time, update_time)
         VALUES ($1, 0, 0, $2, $2)
         ON CONFLICT (email_hash) DO UPDATE SET update_time = excluded.update_time
         RETURNING attempts, failures, next_try_time",
    )
    .bind(counter)
    .bind(now)
    .one(|row| {
        Ok(Failures {
            attempts: row.get("attempts")?,
            failures: row.get("failures")?,
            next_try_time: row.get("next_try_time")?,
        })
    })
    .await
}

/// Writes the tries of a counter.
pub async fn update(tx: &mut Tx, counter: [u8; 32], failures: &Failures, now: DateTime<Utc>) -> Result<u64> {
    tx.query(
        "UPDATE sign_in_failures SET attempts = $2, failures = $3, next_try_time = $4, update_time = $5
         WHERE email_hash = $1",
    )
    .bind(counter)
    .bind(failures.attempts)
    .bind(failures.failures)
    .bind(failures.next_try_time)
    .bind(now)
    .execute()
    .await
}

/// Begins anew after a success or a reset.
pub async fn forget(tx: &mut Tx, counter: [u8; 32]) -> Result<u64> {
    tx.query("DELETE FROM sign_in_failures WHERE email_hash = $1").bind(counter).execute().await
}

/// Forgets addresses and devices that nobody tried for long.
pub async fn clean(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM sign_in_failures WHERE update_time <= $1").bind(before).execute().await
}
