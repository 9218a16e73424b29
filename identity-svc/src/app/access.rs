//! What other systems ask: may this user use that application (E8, Q29)?

use platform::caller::{Caller, Principal};
use platform::tenant;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::Refusal;

use super::App;
use crate::domain::access::{self, Action, Application, Denial};
use crate::store::users;

/// The answer, with the reason when it is no.
pub async fn check(
    app: &App,
    caller: &Caller,
    user: &name::User,
    application: Application,
    action: Action,
) -> Result<Result<(), Denial>, Refusal> {
    let tenant = match caller.principal() {
        Principal::Client { organization: None, .. } => {
            let permission = Permission::AccessCheckAnywhere;
            tenant::require_anywhere(&*app.authorizer, caller, permission, user.organization).await?
        }
        _ => app.require(caller, Permission::AccessCheck, user.organization).await?,
    };
    let mut tx = app.db.of(tenant).look().await?;
    let found = users::find(&mut tx, tenant.organization(), user.user).await?;
    let found = found.ok_or_else(|| Refusal::not_found(user.to_string()))?;
    Ok(access::check(&found.boxes(), application, action))
}
