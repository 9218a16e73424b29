//! Seats set aside for an import until it ends; not with time (seams.md, "Plans and seats").

use platform::caller::Caller;
use platform::db::{self, Tx};
use platform::tenant::Tenant;
use proto::identity::v1::Permission;
use proto::name::{self, ProductId};

use super::{App, Error};
use crate::domain::pool::Shortage;
use crate::store::{pools, reservations};

/// Sets exactly `seats` aside for the owner, whatever was set aside before: all or a shortage.
pub async fn reserve(
    app: &App,
    caller: &Caller,
    pool: &name::Pool,
    owner: &str,
    seats: i64,
) -> Result<(), Error> {
    let tenant = app.require_for_service(caller, Permission::LicensesEdit, pool.organization).await?;
    app.sold(pool.product.as_str(), "pool")?;
    let mut tx = app.db.of(tenant).write().await?;
    if let Err(shortage) = set(&mut tx, tenant, &pool.product, owner, seats).await? {
        return Err(Error::Refused(shortage.into()));
    }
    tx.commit().await?;
    Ok(())
}

/// Frees what is left of the reservation and tells how much that was.
pub async fn release(app: &App, caller: &Caller, pool: &name::Pool, owner: &str) -> Result<i64, Error> {
    let tenant = app.require_for_service(caller, Permission::LicensesEdit, pool.organization).await?;
    let mut tx = app.db.of(tenant).write().await?;
    let left = free(&mut tx, tenant, &pool.product, owner).await?;
    tx.commit().await?;
    Ok(left)
}

/// The reservation becomes `seats`, or nothing changes.
pub async fn set(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    owner: &str,
    seats: i64,
) -> db::Result<Result<(), Shortage>> {
    let pool = pools::lock(tx, tenant, product).await?;
    let before = reservations::count(tx, tenant, product, owner).await?;
    if seats == before {
        return Ok(Ok(()));
    }
    if let Some(shortage) = Shortage::of(pool.as_ref(), seats, before) {
        return Ok(Err(shortage));
    }
    if !pools::set_aside(tx, tenant, product, seats - before).await? {
        return Err(db::Error::broken("pools.reserved", "the counts changed under the lock"));
    }
    reservations::set(tx, tenant, product, owner, seats).await?;
    Ok(Ok(()))
}

/// The reservation ends; answers how many seats were left in it.
pub async fn free(tx: &mut Tx, tenant: Tenant, product: &ProductId, owner: &str) -> db::Result<i64> {
    if pools::lock(tx, tenant, product).await?.is_none() {
        return Ok(0);
    }
    let left = reservations::count(tx, tenant, product, owner).await?;
    if left == 0 {
        return Ok(0);
    }
    if !pools::set_aside(tx, tenant, product, -left).await? {
        return Err(db::Error::broken("pools.reserved", "it is less than what is set aside"));
    }
    reservations::set(tx, tenant, product, owner, 0).await?;
    Ok(left)
}
