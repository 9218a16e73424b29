//! `purchase_links`: hashes of the tokens in purchase mails.

use chrono::{DateTime, Utc};
use platform::db::{Result, Tx};
use uuid::Uuid;

/// A link as it was mailed.
pub struct Link {
    /// What it is for.
    pub purchase: Uuid,
    /// It is dead from this moment on (Q18: a half-open interval).
    pub expire_time: DateTime<Utc>,
}

/// The link that went out last for a purchase.
pub struct Newest {
    /// Counts the links of a purchase from 1.
    pub generation: i64,
    /// When it went out.
    pub create_time: DateTime<Utc>,
    /// As in [`Link`].
    pub expire_time: DateTime<Utc>,
}

/// The link with this token's hash.
pub async fn find(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<Link>> {
    tx.query("SELECT purchase_id, expire_time FROM purchase_links WHERE hash = $1")
        .bind(hash)
        .optional(|row| Ok(Link { purchase: row.get("purchase_id")?, expire_time: row.get("expire_time")? }))
        .await
}

/// How many links of the purchase went out after `time`.
pub async fn since(tx: &mut Tx, purchase: Uuid, time: DateTime<Utc>) -> Result<i64> {
    tx.query("SELECT count(*) AS n FROM purchase_links WHERE purchase_id = $1 AND create_time > $2")
        .bind(purchase)
        .bind(time)
        .value("n")
        .await
}

/// The purchase's newest link.
pub async fn newest(tx: &mut Tx, purchase: Uuid) -> Result<Option<Newest>> {
    tx.query(
        "SELECT generation, create_time, expire_time FROM purchase_links WHERE purchase_id = $1
         ORDER BY generation DESC LIMIT 1",
    )
    .bind(purchase)
    .optional(|row| {
        Ok(Newest {
            generation: row.get("generation")?,
            create_time: row.get("create_time")?,
            expire_time: row.get("expire_time")?,
        })
    })
    .await
}

/// A link goes out. `generation` counts the links of a purchase from 1.
pub async fn insert(
    tx: &mut Tx,
    hash: [u8; 32],
    link: &Link,
    generation: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO purchase_links (hash, purchase_id, generation, create_time, expire_time)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(hash)
    .bind(link.purchase)
    .bind(generation)
    .bind(now)
    .bind(link.expire_time)
    .execute()
    .await?;
    Ok(())
}
