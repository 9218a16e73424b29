//! One user, or some by name.

use platform::caller::Caller;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::App;
use crate::domain::user::Placed;
use crate::store::organizations;
use crate::store::users::{self, sets};

/// The user, for whoever may see the organization's users.
pub async fn get(app: &App, caller: &Caller, name: &name::User) -> Result<Placed, Refusal> {
    let tenant = app.require(caller, Permission::UsersView, name.organization).await?;
    let absent = || Refusal::not_found(name.to_string());
    let mut tx = app.db.of(tenant).look().await?;
    let organization = organizations::find(&mut tx, tenant.organization()).await?.ok_or_else(absent)?;
    let user = users::find(&mut tx, organization.id, name.user).await?.ok_or_else(absent)?;
    Ok(Placed::of(user, &organization))
}

/// Those of the users that are there, in the order of the names.
pub async fn batch_get(
    app: &App,
    caller: &Caller,
    parent: &name::Organization,
    ids: &[Uuid],
) -> Result<Vec<Placed>, Refusal> {
    let tenant = app.require(caller, Permission::UsersView, parent.organization).await?;
    let mut tx = app.db.of(tenant).read().await?;
    let organization = organizations::find(&mut tx, tenant.organization()).await?;
    let organization = organization.ok_or_else(|| Refusal::not_found(parent.to_string()))?;
    let found = sets::find(&mut tx, organization.id, ids).await?;
    let mut found: std::collections::HashMap<Uuid, _> =
        found.into_iter().map(|user| (user.id, user)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).map(|user| Placed::of(user, &organization)).collect())
}
