//! `invites`: InviteUsers calls between their first and their last transaction.

use chrono::{DateTime, Utc};
use platform::db::{Error, Result, Row, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;
use uuid::Uuid;

use crate::domain::invite::Plan;

/// A call at work.
pub struct Invite {
    /// The same for a repeat of the same call.
    pub id: Uuid,
    /// Whose seats; `None` when every line has the licence off.
    pub product: Option<ProductId>,
    /// The request id under which identity-svc creates the people.
    pub upsert_id: Uuid,
    /// What the call does.
    pub plan: Plan,
}

impl Invite {
    /// The owner of the seats that are set aside for it.
    pub fn reservation_owner(&self) -> String {
        format!("invites/{}", self.id)
    }
}

/// The call as it was begun.
pub async fn find(tx: &mut Tx, tenant: Tenant, id: Uuid) -> Result<Option<Invite>> {
    tx.query("SELECT id, product, upsert_id, plan FROM invites WHERE organization_id = $1 AND id = $2")
        .bind(tenant.organization())
        .bind(id)
        .optional(read)
        .await
}

/// A call begins.
pub async fn insert(tx: &mut Tx, tenant: Tenant, invite: &Invite, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "INSERT INTO invites (organization_id, id, product, upsert_id, plan, create_time)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.organization())
    .bind(invite.id)
    .bind(invite.product.as_ref().map(ProductId::as_str))
    .bind(invite.upsert_id)
    .bind_json(&invite.plan)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// A call ends. False when it ended before, or was given up.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: Uuid) -> Result<bool> {
    let deleted = tx
        .query("DELETE FROM invites WHERE organization_id = $1 AND id = $2")
        .bind(tenant.organization())
        .bind(id)
        .execute()
        .await?;
    Ok(deleted == 1)
}

/// Calls of all organizations that began before `before` and never ended: (organization, id).
pub async fn abandoned(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<(Uuid, Uuid)>> {
    tx.query("SELECT organization_id, id FROM invites WHERE create_time <= $1 ORDER BY create_time LIMIT 100")
        .bind(before)
        .all(|row| Ok((row.get("organization_id")?, row.get("id")?)))
        .await
}

fn read(row: &Row) -> Result<Invite> {
    let product: Option<String> = row.get("product")?;
    let known = |text: String| {
        ProductId::parse(&text).ok_or_else(|| Error::broken("invites.product", "it is no product id"))
    };
    Ok(Invite {
        id: row.get("id")?,
        product: product.map(known).transpose()?,
        upsert_id: row.get("upsert_id")?,
        plan: row.parse("plan", serde_json::from_value)?,
    })
}
