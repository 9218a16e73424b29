//! `roster bootstrap`

use crate::admin::Admin;
use crate::cli::Bootstrap;

/// Makes the first organization; a repeat prints the same names and no key.
pub async fn run(settings: Bootstrap) -> anyhow::Result<()> {
    let admin = Admin::reach(&settings.place, settings.services).await?;
    let made = settings.what.run(admin.peer()).await;
    admin.close().await;
    made
}
