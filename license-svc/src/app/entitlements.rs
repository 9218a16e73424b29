//! May this user use this product now (Q29)?

use platform::caller::{Caller, Principal};
use platform::db;
use platform::tenant::{self, Tenant};
use proto::identity::v1::Permission;
use proto::name::{self, ProductId};
use proto::refusal::Refusal;

use super::{App, Error};
use crate::store::entitlements::{self, Found};

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entitlement {
    /// Yes.
    Yes,
    /// The organization has no seats of the product.
    NoPool,
    /// The user is switched off and keeps the seat.
    UserDeactivated,
    /// The user holds no seat.
    NoSeat,
}

/// Answers that are asked again and again.
pub type Kept = db::Kept<(name::User, ProductId), Entitlement>;

/// Tells it as it is after every change that this process has answered.
pub async fn check(
    app: &App,
    caller: &Caller,
    user: &name::User,
    product: &ProductId,
) -> Result<Entitlement, Error> {
    let tenant = may_ask(app, caller, user).await?;
    app.entitlements.get((user.clone(), product.clone()), look(app, tenant, user, product)).await
}

async fn look(
    app: &App,
    tenant: Tenant,
    user: &name::User,
    product: &ProductId,
) -> Result<Entitlement, Error> {
    let mut tx = app.db.of(tenant).look().await?;
    Ok(match entitlements::find(&mut tx, tenant, product, user.user).await? {
        Found { pool: false, .. } => Entitlement::NoPool,
        Found { suspended: true, .. } => Entitlement::UserDeactivated,
        Found { seat: true, .. } => Entitlement::Yes,
        Found { .. } => Entitlement::NoSeat,
    })
}

/// A platform client may ask about anybody, everybody else about the own tree (Q35).
async fn may_ask(app: &App, caller: &Caller, user: &name::User) -> Result<Tenant, Refusal> {
    if matches!(caller.principal(), Principal::Client { organization: None, .. }) {
        let permission = Permission::EntitlementsCheckAnywhere;
        return tenant::require_anywhere(&*app.authorizer, caller, permission, user.organization).await;
    }
    app.require(caller, Permission::EntitlementsCheck, user.organization).await
}
