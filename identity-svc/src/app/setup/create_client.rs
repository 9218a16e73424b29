//! Platform clients: programs that belong to no organization and may do exactly what they were given (Q35).

use platform::db::Everyone;
use proto::name;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::{App, new_secret};
use crate::domain::client::Client;
use crate::domain::permission::CLIENT_PERMISSIONS;
use crate::domain::secret::{Prefix, Secret};
use crate::store::clients;

/// Makes a client; its key is told once.
///
/// # Errors
/// FIELD_VIOLATIONS for a permission that clients cannot have.
pub async fn create(
    app: &App,
    display_name: String,
    permissions: Vec<String>,
) -> Result<(name::Client, Secret), Refusal> {
    let unknown = permissions.iter().position(|given| !CLIENT_PERMISSIONS.contains(&given.as_str()));
    if let Some(index) = unknown {
        let description = format!("must be one of {}", CLIENT_PERMISSIONS.join(", "));
        return Err(Refusal::field(format!("permissions[{index}]"), description));
    }
    if permissions.is_empty() {
        return Err(Refusal::field("permissions", "is required"));
    }
    let key = new_secret(Prefix::ApiKey)?;
    let id = Uuid::now_v7();
    let client = Client { id, display_name, acts_as: None, permissions, create_time: app.clock.now() };
    let mut tx = app.db.of(Everyone("a platform client belongs to no organization (Q35)")).write().await?;
    clients::insert(&mut tx, &client, key.hash()).await?;
    tx.commit().await?;
    Ok((name::Client { client: id }, key))
}
