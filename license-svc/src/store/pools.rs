//! `pools`: counts of seats. Every change is one conditional update, so that no path can give away a
//! seat that is not there (N2).

use platform::db::{Result, Row, Sql, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;

use super::entitlements;
use crate::domain::pool::Pool;

/// The pool, if there is one.
pub async fn find(tx: &mut Tx, tenant: Tenant, product: &ProductId) -> Result<Option<Pool>> {
    tx.query(
        "SELECT product, purchased, held, reserved, over_allocated FROM pools
         WHERE organization_id = $1 AND product = $2",
    )
    .bind(tenant.organization())
    .bind(product.as_str())
    .optional(read)
    .await
}

/// The pool, held until the commit: what it counts cannot change meanwhile.
pub async fn lock(tx: &mut Tx, tenant: Tenant, product: &ProductId) -> Result<Option<Pool>> {
    tx.query(Sql {
        postgres: "SELECT product, purchased, held, reserved, over_allocated FROM pools
            WHERE organization_id = $1 AND product = $2 FOR UPDATE",
        sqlite: "SELECT product, purchased, held, reserved, over_allocated FROM pools
            WHERE organization_id = $1 AND product = $2",
    })
    .bind(tenant.organization())
    .bind(product.as_str())
    .optional(read)
    .await
}

/// Pools after `after` in the order of their products.
pub async fn page(tx: &mut Tx, tenant: Tenant, after: &str, limit: i64) -> Result<Vec<Pool>> {
    tx.query(
        "SELECT product, purchased, held, reserved, over_allocated FROM pools
         WHERE organization_id = $1 AND product > $2 ORDER BY product LIMIT $3",
    )
    .bind(tenant.organization())
    .bind(after)
    .bind(limit)
    .all(read)
    .await
}

/// More seats were bought; makes the pool when it is the first time.
pub async fn raise(tx: &mut Tx, tenant: Tenant, product: &ProductId, seats: i64) -> Result<()> {
    tx.wake(entitlements::TOPIC);
    tx.query(
        "INSERT INTO pools (organization_id, product, purchased) VALUES ($1, $2, $3)
         ON CONFLICT (organization_id, product) DO UPDATE SET
             purchased = pools.purchased + excluded.purchased,
             over_allocated = pools.over_allocated
                 AND pools.held + pools.reserved > pools.purchased + excluded.purchased",
    )
    .bind(tenant.organization())
    .bind(product.as_str())
    .bind(seats)
    .execute()
    .await?;
    Ok(())
}

/// Users take seats: some that are free, some that were set aside. False when they are not there.
pub async fn hold(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    free: i64,
    set_aside: i64,
) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE pools SET held = held + $3 + $4, reserved = reserved - $4
             WHERE organization_id = $1 AND product = $2 AND reserved >= $4
                 AND ($3 = 0 OR (NOT over_allocated AND held + reserved + $3 <= purchased))",
        )
        .bind(tenant.organization())
        .bind(product.as_str())
        .bind(free)
        .bind(set_aside)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// A user gave a seat back: it is free at once (B10). False when none was held.
pub async fn free_one(tx: &mut Tx, tenant: Tenant, product: &ProductId) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE pools SET held = held - 1,
                 over_allocated = over_allocated AND held - 1 + reserved > purchased
             WHERE organization_id = $1 AND product = $2 AND held >= 1",
        )
        .bind(tenant.organization())
        .bind(product.as_str())
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Sets seats aside (`by` above 0) or frees what was set aside (below 0). False when they are not there.
pub async fn set_aside(tx: &mut Tx, tenant: Tenant, product: &ProductId, by: i64) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE pools SET reserved = reserved + $3,
                 over_allocated = over_allocated AND held + reserved + $3 > purchased
             WHERE organization_id = $1 AND product = $2 AND reserved + $3 >= 0
                 AND ($3 <= 0 OR (NOT over_allocated AND held + reserved + $3 <= purchased))",
        )
        .bind(tenant.organization())
        .bind(product.as_str())
        .bind(by)
        .execute()
        .await?;
    Ok(changed == 1)
}

fn read(row: &Row) -> Result<Pool> {
    let id = |text: String| ProductId::parse(&text).ok_or("it is no product id");
    Ok(Pool {
        product: row.parse("product", id)?,
        purchased: row.get("purchased")?,
        held: row.get("held")?,
        reserved: row.get("reserved")?,
        over_allocated: row.get("over_allocated")?,
    })
}
