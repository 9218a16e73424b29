//! The table `setup_links`.

use chrono::{DateTime, Utc};
use platform::db::{Result, Tx};

/// Writes a new link and voids all earlier ones.
pub async fn replace(
    tx: &mut Tx,
    hash: [u8; 32],
    now: DateTime<Utc>,
    expire_time: DateTime<Utc>,
) -> Result<()> {
    tx.query("UPDATE setup_links SET revoked_time = $1 WHERE used_time IS NULL AND revoked_time IS NULL")
        .bind(now)
        .execute()
        .await?;
    tx.query("INSERT INTO setup_links (hash, create_time, expire_time) VALUES ($1, $2, $3)")
        .bind(hash)
        .bind(now)
        .bind(expire_time)
        .execute()
        .await?;
    Ok(())
}

/// Uses the link up; false when it is unknown, used, void or too old.
pub async fn redeem(tx: &mut Tx, hash: [u8; 32], now: DateTime<Utc>) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE setup_links SET used_time = $2
             WHERE hash = $1 AND used_time IS NULL AND revoked_time IS NULL AND expire_time > $2",
        )
        .bind(hash)
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}
