//! One organization.

use platform::caller::Caller;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::Refusal;

use super::{Shown, seen};
use crate::app::App;
use crate::store::organizations;

/// The organization, for whoever may see it.
pub async fn get(app: &App, caller: &Caller, name: &name::Organization) -> Result<Shown, Refusal> {
    let tenant = app.require(caller, Permission::OrganizationsView, name.organization).await?;
    let mut tx = app.db.of(tenant).read().await?;
    let found = organizations::find(&mut tx, tenant.organization()).await?;
    let organization = found.ok_or_else(|| Refusal::not_found(name.to_string()))?;
    drop(tx);
    let memberships = app.memberships_over(caller, organization.id).await?;
    Ok(seen(organization, &memberships))
}
