//! `pool_grants`: which purchase raised which pool, each once (A8).

use chrono::{DateTime, Utc};
use platform::db::{Result, Tx};
use platform::tenant::Tenant;
use uuid::Uuid;

use crate::domain::purchase::Line;

/// Writes down that a purchase's line counts in a pool. False when it counts already, wherever.
pub async fn insert(
    tx: &mut Tx,
    tenant: Tenant,
    purchase: Uuid,
    line: &Line,
    now: DateTime<Utc>,
) -> Result<bool> {
    let written = tx
        .query(
            "INSERT INTO pool_grants (organization_id, product, purchase_id, seat_count, create_time)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (purchase_id, product) DO NOTHING",
        )
        .bind(tenant.organization())
        .bind(line.product.as_str())
        .bind(purchase)
        .bind(line.seat_count)
        .bind(now)
        .execute()
        .await?;
    Ok(written == 1)
}
