//! `roster bootstrap`

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use proto::identity::v1::BootstrapRequest;
use proto::identity::v1::setup_service_client::SetupServiceClient;
use serde_json::json;

use crate::admin::Admin;
use crate::cli::Bootstrap;

/// Makes the first organization; a repeat prints the same names and no key.
pub async fn run(settings: Bootstrap) -> anyhow::Result<()> {
    let password = read_password(&settings.password_file)?;
    let admin = Admin::reach(&settings.place, settings.services).await?;
    let request = BootstrapRequest {
        organization_display_name: settings.organization,
        owner_email: settings.owner,
        password,
    };
    let answer = SetupServiceClient::new(admin.peer()).bootstrap(request).await;
    admin.close().await;
    let answer = answer.map_err(super::said)?.into_inner();
    if settings.json {
        let shown =
            json!({"organization": answer.organization, "user": answer.user, "api_key": answer.api_key});
        println!("{shown}");
        return Ok(());
    }
    println!("organization: {}\nowner: {}", answer.organization, answer.user);
    match answer.api_key.as_str() {
        "" => println!("It was there already; its API key was shown the first time."),
        key => println!("API key (shown once, acts as the Owner): {key}"),
    }
    Ok(())
}

fn read_password(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("the password cannot be read")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    }
    // An editor adds a line end; it is not part of the password.
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
