//! One import.

use platform::caller::Caller;
use proto::name;
use proto::refusal::Refusal;

use super::{App, not_found};
use crate::domain::import::Import;
use crate::store::imports;

/// The import as it is now.
pub async fn get(app: &App, caller: &Caller, name: &name::Import) -> Result<Import, Refusal> {
    let tenant = app.require(caller, name.organization).await?;
    let found = imports::find(&mut app.db.of(tenant).read().await?, tenant, name.import).await?;
    found.ok_or_else(|| not_found(name))
}
