//! The answer to "may this user use this product", in one read over three keys.

use platform::db::{Result, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;
use uuid::Uuid;

/// Rings when a commit may have changed an answer.
pub const TOPIC: &str = "license.entitlements";

/// What is there of pool, seat and suspension.
pub struct Found {
    /// The organization has seats of the product at all.
    pub pool: bool,
    /// The user holds one.
    pub seat: bool,
    /// The user is deactivated.
    pub suspended: bool,
}

/// Looks the three up.
pub async fn find(tx: &mut Tx, tenant: Tenant, product: &ProductId, user: Uuid) -> Result<Found> {
    tx.query(
        "SELECT
            EXISTS (SELECT 1 FROM pools WHERE organization_id = $1 AND product = $2) AS pool,
            EXISTS (SELECT 1 FROM seats
                WHERE organization_id = $1 AND product = $2 AND user_id = $3) AS seat,
            EXISTS (SELECT 1 FROM user_suspensions
                WHERE organization_id = $1 AND user_id = $3) AS suspended",
    )
    .bind(tenant.organization())
    .bind(product.as_str())
    .bind(user)
    .one(|row| Ok(Found { pool: row.get("pool")?, seat: row.get("seat")?, suspended: row.get("suspended")? }))
    .await
}
