//! `roster client create`

use proto::identity::v1::CreateClientRequest;
use proto::identity::v1::setup_service_client::SetupServiceClient;
use serde_json::json;

use crate::admin::Admin;
use crate::cli::CreateClient;
use crate::storage;

/// Makes a platform client and prints its key, once (Q35).
pub async fn run(settings: CreateClient) -> anyhow::Result<()> {
    storage::there(&settings.place)?;
    let admin = Admin::reach(&settings.place, settings.services).await?;
    let request = CreateClientRequest { display_name: settings.name, permissions: settings.may };
    let answer = SetupServiceClient::new(admin.peer()).create_client(request).await;
    admin.close().await;
    let answer = answer.map_err(super::said)?.into_inner();
    if settings.json {
        println!("{}", json!({"name": answer.name, "api_key": answer.api_key}));
        return Ok(());
    }
    println!("client: {}\nAPI key (shown once): {}", answer.name, answer.api_key);
    Ok(())
}
