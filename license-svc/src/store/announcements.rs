//! `announcements` and `announcement_users`: who newly holds a seat and has not been told yet.

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{Result, Sql, Tx};
use platform::lease;
use platform::telemetry;
use platform::tenant::Tenant;
use proto::name::ProductId;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::seat::Change;

/// Rings when there is somebody to tell.
pub const TOPIC: &str = "license.announcements";

/// Who is at work on which.
pub const LEASES: lease::Table = lease::Table {
    name: "announcements",
    key: "id",
    ready: "TRUE",
    order: "create_time",
    // Longer than identity-svc may take, and short enough that a restart is not felt.
    term: TimeDelta::seconds(20),
};

/// Users to tell, in one call to identity-svc.
pub struct Announcement {
    /// Of which product.
    pub product: ProductId,
    /// Who gave the seats: the text of a principal.
    pub principal: String,
    /// The user and the ledger's entry, in the order of users.
    pub users: Vec<(Uuid, Uuid)>,
}

#[derive(Serialize)]
struct Told {
    user_id: Uuid,
    event_id: Uuid,
}

/// Whom to tell, in the transaction that gave the seats.
pub async fn insert(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    principal: &str,
    seats: &[&Change],
    now: DateTime<Utc>,
) -> Result<()> {
    let id = Uuid::now_v7();
    tx.query(
        "INSERT INTO announcements (organization_id, id, product, principal, create_time, traceparent)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.organization())
    .bind(id)
    .bind(product.as_str())
    .bind(principal)
    .bind(now)
    .bind(telemetry::current())
    .execute()
    .await?;
    let rows: Vec<Told> =
        seats.iter().map(|seat| Told { user_id: seat.user, event_id: seat.event }).collect();
    tx.query(Sql {
        postgres: "INSERT INTO announcement_users (organization_id, announcement_id, user_id, event_id)
            SELECT $1, $2, r.user_id, r.event_id FROM jsonb_to_recordset($3) AS r(user_id uuid, event_id uuid)",
        sqlite: "INSERT INTO announcement_users (organization_id, announcement_id, user_id, event_id)
            SELECT $1, $2, value ->> 'user_id', value ->> 'event_id' FROM jsonb_each($3)",
    })
    .bind(tenant.organization())
    .bind(id)
    .bind_json(&rows)
    .execute()
    .await?;
    tx.wake(TOPIC);
    Ok(())
}

/// The organization of a row that was leased, and the trace of the call that gave the seats.
pub async fn origin(tx: &mut Tx, id: Uuid) -> Result<Option<(Uuid, Option<String>)>> {
    tx.query("SELECT organization_id, traceparent FROM announcements WHERE id = $1")
        .bind(id)
        .optional(|row| Ok((row.get("organization_id")?, row.get("traceparent")?)))
        .await
}

/// The whole announcement.
pub async fn find(tx: &mut Tx, tenant: Tenant, id: Uuid) -> Result<Option<Announcement>> {
    let known = |text: String| ProductId::parse(&text).ok_or("it is no product id");
    let found = tx
        .query("SELECT product, principal FROM announcements WHERE organization_id = $1 AND id = $2")
        .bind(tenant.organization())
        .bind(id)
        .optional(|row| Ok((row.parse("product", known)?, row.get("principal")?)))
        .await?;
    let Some((product, principal)) = found else { return Ok(None) };
    let users = tx
        .query(
            "SELECT user_id, event_id FROM announcement_users
             WHERE organization_id = $1 AND announcement_id = $2 ORDER BY user_id",
        )
        .bind(tenant.organization())
        .bind(id)
        .all(|row| Ok((row.get("user_id")?, row.get("event_id")?)))
        .await?;
    Ok(Some(Announcement { product, principal, users }))
}

/// Everybody was told.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: Uuid) -> Result<()> {
    tx.query("DELETE FROM announcements WHERE organization_id = $1 AND id = $2")
        .bind(tenant.organization())
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// The seat is released before anybody was asked to tell of it: there is nothing to tell any more.
pub async fn withdraw(tx: &mut Tx, tenant: Tenant, product: &ProductId, user: Uuid) -> Result<()> {
    tx.query(
        "DELETE FROM announcement_users WHERE organization_id = $1 AND user_id = $3
             AND announcement_id IN (SELECT id FROM announcements
                 WHERE organization_id = $1 AND product = $2 AND lease_attempt = 0)",
    )
    .bind(tenant.organization())
    .bind(product.as_str())
    .bind(user)
    .execute()
    .await?;
    Ok(())
}
