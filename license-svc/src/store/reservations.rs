//! `reservations`: seats set aside for one owner. The pool counts their sum; lock the pool first.

use platform::db::{Result, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;

/// How many seats are set aside for the owner.
pub async fn count(tx: &mut Tx, tenant: Tenant, product: &ProductId, owner: &str) -> Result<i64> {
    let found = tx
        .query(
            "SELECT seat_count FROM reservations
             WHERE organization_id = $1 AND product = $2 AND owner = $3",
        )
        .bind(tenant.organization())
        .bind(product.as_str())
        .bind(owner)
        .optional(|row| row.get("seat_count"))
        .await?;
    Ok(found.unwrap_or(0))
}

/// From now on this many are set aside for the owner; 0 ends the reservation.
pub async fn set(tx: &mut Tx, tenant: Tenant, product: &ProductId, owner: &str, seats: i64) -> Result<()> {
    let text = if seats == 0 {
        "DELETE FROM reservations
         WHERE organization_id = $1 AND product = $2 AND owner = $3 AND $4 = 0"
    } else {
        "INSERT INTO reservations (organization_id, product, owner, seat_count) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, product, owner) DO UPDATE SET seat_count = excluded.seat_count"
    };
    tx.query(text)
        .bind(tenant.organization())
        .bind(product.as_str())
        .bind(owner)
        .bind(seats)
        .execute()
        .await?;
    Ok(())
}
