//! `roster client create`

use crate::admin::Admin;
use crate::cli::CreateClient;
use crate::storage;

/// Makes a platform client and prints its key, once (Q35).
pub async fn run(settings: CreateClient) -> anyhow::Result<()> {
    storage::there(&settings.place)?;
    let admin = Admin::reach(&settings.place, settings.services).await?;
    let made = settings.what.run(admin.peer()).await;
    admin.close().await;
    made
}
