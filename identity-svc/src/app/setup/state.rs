//! Whether the first organization is still to be made.

use proto::refusal::Refusal;

use crate::app::App;
use crate::app::organizations::UNBORN;
use crate::store::organizations;

/// There is an organization: no setup link works any more.
pub async fn is_complete(app: &App) -> Result<bool, Refusal> {
    let mut tx = app.db.of(UNBORN).read().await?;
    Ok(organizations::any(&mut tx).await?)
}
