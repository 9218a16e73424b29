//! May this user use this product now (Q29)?

use platform::caller::{Caller, Principal};
use platform::tenant::{self, Tenant};
use proto::identity::v1::Permission;
use proto::name::{self, ProductId};
use proto::refusal::Refusal;

use super::{App, Error};
use crate::store::entitlements::{self, Found};

pub mod kept;

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

/// Tells it as it is after every change that this process has answered.
pub async fn check(
    app: &App,
    caller: &Caller,
    user: &name::User,
    product: &ProductId,
) -> Result<Entitlement, Error> {
    let tenant = may_ask(app, caller, user).await?;
    let question = (user.clone(), product.clone());
    let asked = match app.entitlements.find(&question) {
        Ok(answer) => return Ok(answer),
        Err(asked) => asked,
    };
    let found = entitlements::find(&mut app.db.of(tenant).read().await?, tenant, product, user.user).await?;
    let answer = match found {
        Found { pool: false, .. } => Entitlement::NoPool,
        Found { suspended: true, .. } => Entitlement::UserDeactivated,
        Found { seat: true, .. } => Entitlement::Yes,
        Found { .. } => Entitlement::NoSeat,
    };
    app.entitlements.keep(question, answer, asked);
    Ok(answer)
}

/// A platform client may ask about anybody, everybody else about the own tree (Q35).
async fn may_ask(app: &App, caller: &Caller, user: &name::User) -> Result<Tenant, Refusal> {
    if matches!(caller.principal(), Principal::Client { organization: None, .. }) {
        let permission = Permission::EntitlementsCheckAnywhere;
        return tenant::require_anywhere(&*app.authorizer, caller, permission, user.organization).await;
    }
    app.require(caller, Permission::EntitlementsCheck, user.organization).await
}
