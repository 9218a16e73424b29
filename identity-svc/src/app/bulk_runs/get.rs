//! Where a run stands.

use platform::caller::Caller;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::Refusal;

use crate::app::App;
use crate::domain::bulk_run::BulkRun;
use crate::store::bulk_runs;

/// The run, for whoever may edit users there.
pub async fn get(app: &App, caller: &Caller, name: &name::BulkRun) -> Result<BulkRun, Refusal> {
    let tenant = app.require(caller, Permission::UsersEdit, name.organization).await?;
    let mut tx = app.db.of(tenant).read().await?;
    let found = bulk_runs::find(&mut tx, tenant.organization(), name.bulk_run).await?;
    found.ok_or_else(|| Refusal::not_found(name.to_string()))
}
