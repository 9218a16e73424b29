//! One user, or some by name.

use std::collections::HashMap;

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
    let mut tx = app.db.of(tenant).look().await?;
    let found = users::find_placed(&mut tx, tenant.organization(), name.user).await?;
    found.ok_or_else(|| Refusal::not_found(name.to_string()))
}

/// Those of the users that are there, in the order of the names.
pub async fn batch_get(
    app: &App,
    caller: &Caller,
    parent: &name::Organization,
    ids: &[Uuid],
) -> Result<Vec<Placed>, Refusal> {
    let tenant = app.require(caller, Permission::UsersView, parent.organization).await?;
    let mut tx = app.db.of(tenant).look().await?;
    let found = sets::find_placed(&mut tx, tenant.organization(), ids).await?;
    if found.is_empty() {
        let organization = organizations::find(&mut tx, tenant.organization()).await?;
        organization.ok_or_else(|| Refusal::not_found(parent.to_string()))?;
    }
    let mut found: HashMap<Uuid, Placed> = found.into_iter().map(|placed| (placed.user.id, placed)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}
