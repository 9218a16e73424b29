//! Imports whose time is over, over all organizations.

use chrono::{DateTime, Utc};
use platform::db::{self, Tx};
use uuid::Uuid;

use super::read::read;
use crate::domain::import::Import;

/// Forgets uploads that never ended.
pub async fn broken_uploads(tx: &mut Tx, before: DateTime<Utc>) -> db::Result<u64> {
    tx.query("DELETE FROM imports WHERE state = 'UPLOADING' AND create_time <= $1")
        .bind(before)
        .execute()
        .await
}

/// Plans that nobody accepted in time.
pub async fn waiting(tx: &mut Tx, now: DateTime<Utc>) -> db::Result<Vec<Import>> {
    tx.query("SELECT * FROM imports WHERE state = 'AWAITING_ACCEPTANCE' AND expire_time <= $1 LIMIT 100")
        .bind(now)
        .all(read)
        .await
}

/// Final imports that were kept long enough, with their rows. One at a time keeps the writer free.
pub async fn forget_one(tx: &mut Tx, now: DateTime<Utc>) -> db::Result<u64> {
    tx.query(
        "DELETE FROM imports WHERE id IN (SELECT id FROM imports
            WHERE state IN ('SUCCEEDED', 'REJECTED', 'CANCELLED', 'EXPIRED') AND expire_time <= $1
                AND accept_claim IS NULL
            LIMIT 1)",
    )
    .bind(now)
    .execute()
    .await
}

/// Imports whose acceptance died before it was decided.
pub async fn dead_claims(tx: &mut Tx, now: DateTime<Utc>) -> db::Result<Vec<Import>> {
    tx.query("SELECT * FROM imports WHERE accept_until <= $1 LIMIT 100").bind(now).all(read).await
}

/// Ends every lease. For SQLite, where one process at a time opens the file: whoever held one is dead.
pub async fn end_leases(tx: &mut Tx) -> db::Result<u64> {
    tx.query("UPDATE imports SET lease_owner = NULL, lease_until = NULL WHERE lease_owner IS NOT NULL")
        .execute()
        .await
}

/// Every import with a plan.
pub async fn planned(tx: &mut Tx) -> db::Result<Vec<Import>> {
    tx.query("SELECT * FROM imports WHERE state IN ('AWAITING_ACCEPTANCE', 'IMPORTING', 'SUCCEEDED')")
        .all(read)
        .await
}

/// Imports that keep bytes of their file though they are final, and how many bytes.
pub async fn kept_files(tx: &mut Tx) -> db::Result<Vec<(Uuid, i64)>> {
    tx.query(
        "SELECT c.import_id, CAST(sum(length(c.data)) AS BIGINT) AS n FROM upload_chunks AS c
         JOIN imports AS i ON i.organization_id = c.organization_id AND i.id = c.import_id
         WHERE i.state IN ('SUCCEEDED', 'REJECTED', 'CANCELLED', 'EXPIRED') GROUP BY c.import_id",
    )
    .all(|row| Ok((row.get("import_id")?, row.get("n")?)))
    .await
}
