//! What other systems ask: may this user use that application (E8, Q29)?

use platform::caller::{Caller, Principal};
use platform::db;
use platform::tenant;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::App;
use crate::domain::access::{self, Action, Application, Boxes, Denial};
use crate::store::users;

/// The boxes of users, by organization and id.
pub type Kept = db::Kept<(Uuid, Uuid), Boxes>;

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
    let look = async {
        let mut tx = app.db.of(tenant).look().await?;
        let found = users::find(&mut tx, tenant.organization(), user.user).await?;
        found.map(|found| found.boxes()).ok_or_else(|| Refusal::not_found(user.to_string()))
    };
    let boxes = app.boxes.get((tenant.organization(), user.user), look).await?;
    Ok(access::check(&boxes, application, action))
}
