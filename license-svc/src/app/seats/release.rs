//! Toggle off (B10): the seat is free at once, nobody is mailed.

use platform::caller::Caller;
use platform::db::Tx;
use platform::once::{self, Answer};
use platform::tenant::Tenant;
use proto::identity::v1::Permission;
use proto::license::v1::Seat;
use proto::name;
use uuid::Uuid;

use super::seat;
use crate::app::directory::Directory;
use crate::app::{App, Error, Reply, actor};
use crate::domain::seat::{Change, Reason};
use crate::store::{announcements, pools, seat_events, seats};

/// The user holds no seat from now on; the user and everything else stays (Q6).
pub async fn release(
    app: &App,
    caller: &Caller,
    name: name::Seat,
    call: once::Call,
) -> Result<Reply<Seat>, Error> {
    let tenant = app.require(caller, Permission::LicensesEdit, name.organization).await?;
    let directory = Directory(app.peers.relay("identity", caller)?);
    let user = directory.user(&name::User { organization: name.organization, user: name.user }).await?;
    let released = seat(&name, None, user);
    let now = app.clock.now();
    let mut tx = app.db.of(tenant).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    take_back(app, &mut tx, tenant, &name, actor(caller)).await?;
    once::store(&mut tx, &call, &Answer::reply(&released)).await?;
    tx.commit().await?;
    Ok(Reply::Fresh(released))
}

async fn take_back(
    app: &App,
    tx: &mut Tx,
    tenant: Tenant,
    name: &name::Seat,
    actor: String,
) -> Result<(), Error> {
    let pool = pools::lock(tx, tenant, &name.product).await?;
    if pool.is_none() || !seats::delete(tx, tenant, &name.product, name.user).await? {
        return Ok(());
    }
    if !pools::free_one(tx, tenant, &name.product).await? {
        return Err(platform::db::Error::broken("pools.held", "it is less than what users hold").into());
    }
    let entry = Change { event: Uuid::now_v7(), user: name.user, actor };
    seat_events::released(tx, tenant, &name.product, entry, Reason::Toggle, app.clock.now()).await?;
    announcements::withdraw(tx, tenant, &name.product, name.user).await?;
    Ok(())
}
