//! Table `upload_chunks`.

use platform::db::{self, Tx};
use platform::tenant::Tenant;
use uuid::Uuid;

/// Keeps bytes that begin at `position` of the file.
pub async fn insert(tx: &mut Tx, tenant: Tenant, import: Uuid, position: i64, data: &[u8]) -> db::Result<()> {
    tx.query("INSERT INTO upload_chunks (organization_id, import_id, position, data) VALUES ($1, $2, $3, $4)")
        .bind(tenant.organization())
        .bind(import)
        .bind(position)
        .bind(data)
        .execute()
        .await
        .map(drop)
}

/// The bytes that begin at `position`; `None` behind the end.
pub async fn read(tx: &mut Tx, tenant: Tenant, import: Uuid, position: i64) -> db::Result<Option<Vec<u8>>> {
    tx.query("SELECT data FROM upload_chunks WHERE organization_id = $1 AND import_id = $2 AND position = $3")
        .bind(tenant.organization())
        .bind(import)
        .bind(position)
        .optional(|row| row.get("data"))
        .await
}

/// Forgets the file.
pub async fn delete(tx: &mut Tx, tenant: Tenant, import: Uuid) -> db::Result<()> {
    tx.query("DELETE FROM upload_chunks WHERE organization_id = $1 AND import_id = $2")
        .bind(tenant.organization())
        .bind(import)
        .execute()
        .await
        .map(drop)
}
