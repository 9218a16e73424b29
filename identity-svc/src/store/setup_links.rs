//! The table `setup_links`.

use chrono::{DateTime, Utc};
use platform::db::{Result, Tx};

use crate::domain::link::Fate;

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

/// What has become of the link with this hash; `None` when there is none.
pub async fn fate(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<Fate>> {
    tx.query("SELECT used_time, revoked_time, expire_time FROM setup_links WHERE hash = $1")
        .bind(hash)
        .optional(|row| {
            Ok(Fate {
                used_time: row.get("used_time")?,
                revoked_time: row.get("revoked_time")?,
                expire_time: row.get("expire_time")?,
            })
        })
        .await
}
