//! The table `clients`.

use platform::db::{Result, Row, Tx};
use uuid::Uuid;

use crate::domain::client::Client;

/// Writes a new client.
pub async fn insert(tx: &mut Tx, client: &Client, key_hash: [u8; 32]) -> Result<()> {
    tx.query(
        "INSERT INTO clients (id, key_hash, display_name, organization_id, user_id, permissions, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(client.id)
    .bind(key_hash)
    .bind(&client.display_name)
    .bind(client.acts_as.map(|(organization, _)| organization))
    .bind(client.acts_as.map(|(_, user)| user))
    .bind(client.permissions.join(" "))
    .bind(client.create_time)
    .execute()
    .await?;
    Ok(())
}

/// The client of a key, if the user it acts as is active.
pub async fn find_admitted(tx: &mut Tx, key_hash: [u8; 32]) -> Result<Option<Client>> {
    tx.query(
        "SELECT c.id, c.display_name, c.organization_id, c.user_id, c.permissions, c.create_time
         FROM clients c LEFT JOIN users u ON u.organization_id = c.organization_id AND u.id = c.user_id
         WHERE c.key_hash = $1 AND (c.user_id IS NULL OR (u.active AND u.accepted_time IS NOT NULL))",
    )
    .bind(key_hash)
    .optional(read)
    .await
}

/// What a platform client was given; nothing for any other client.
pub async fn permissions(tx: &mut Tx, id: Uuid) -> Result<Vec<String>> {
    let stored = tx
        .query("SELECT permissions FROM clients WHERE id = $1 AND organization_id IS NULL")
        .bind(id)
        .optional(|row| row.get::<String>("permissions"))
        .await?;
    Ok(split(&stored.unwrap_or_default()))
}

fn read(row: &Row) -> Result<Client> {
    let organization: Option<Uuid> = row.get("organization_id")?;
    let permissions: String = row.get("permissions")?;
    Ok(Client {
        id: row.get("id")?,
        display_name: row.get("display_name")?,
        acts_as: organization.zip(row.get::<Option<Uuid>>("user_id")?),
        permissions: split(&permissions),
        create_time: row.get("create_time")?,
    })
}

fn split(permissions: &str) -> Vec<String> {
    permissions.split_whitespace().map(str::to_owned).collect()
}
