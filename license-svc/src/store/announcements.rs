//! `seat_announcements`: who newly holds a seat and has not been told yet.

pub mod earlier;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{Result, Row, Sql, Tx};
use platform::lease::{self, Lease};
use platform::telemetry;
use platform::tenant::Tenant;
use proto::name::ProductId;
use serde_json::json;
use uuid::Uuid;

use crate::domain::seat::Change;

/// Rings when there is somebody to tell.
pub const TOPIC: &str = "license.announcements";

/// Who is at work on which.
pub const LEASES: lease::Table = lease::Table {
    name: "seat_announcements",
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
    /// When the seats were given.
    pub create_time: DateTime<Utc>,
    /// The ledger's entry of each user; nobody when all were withdrawn.
    pub users: BTreeMap<Uuid, Uuid>,
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
    let users: BTreeMap<Uuid, Uuid> = seats.iter().map(|seat| (seat.user, seat.event)).collect();
    tx.query(
        "INSERT INTO seat_announcements
             (organization_id, id, product, principal, users, create_time, traceparent)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant.organization())
    .bind(Uuid::now_v7())
    .bind(product.as_str())
    .bind(principal)
    .bind(json!(users))
    .bind(now)
    .bind(telemetry::current())
    .execute()
    .await?;
    tx.wake(TOPIC);
    Ok(())
}

/// Takes up to `limit` that wait; with the organization of each and the trace of the call that gave the seats.
pub async fn take(
    tx: &mut Tx,
    owner: Uuid,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<(Lease, (Uuid, Option<String>))>> {
    let origin = |row: &Row| Ok((row.get("organization_id")?, row.get("traceparent")?));
    LEASES.take_with(tx, (owner, limit, now), "organization_id, traceparent", origin).await
}

/// The whole announcement.
pub async fn find(tx: &mut Tx, tenant: Tenant, id: Uuid) -> Result<Option<Announcement>> {
    tx.query(
        "SELECT product, principal, users, create_time FROM seat_announcements
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(tenant.organization())
    .bind(id)
    .optional(read)
    .await
}

fn read(row: &Row) -> Result<Announcement> {
    let known = |text: String| ProductId::parse(&text).ok_or("it is no product id");
    Ok(Announcement {
        product: row.parse("product", known)?,
        principal: row.get("principal")?,
        create_time: row.get("create_time")?,
        users: row.parse("users", serde_json::from_value)?,
    })
}

/// Everybody was told.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: Uuid) -> Result<()> {
    tx.query("DELETE FROM seat_announcements WHERE organization_id = $1 AND id = $2")
        .bind(tenant.organization())
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Becomes one to those who are left, under an id that identity has not heard, and is taken again at once.
pub async fn narrow(tx: &mut Tx, tenant: Tenant, id: Uuid, left: &BTreeMap<Uuid, Uuid>) -> Result<()> {
    tx.query(
        "UPDATE seat_announcements SET id = $3, users = $4, lease_owner = NULL, lease_until = NULL,
             lease_attempt = 0
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(tenant.organization())
    .bind(id)
    .bind(Uuid::now_v7())
    .bind(json!(left))
    .execute()
    .await?;
    tx.wake(TOPIC);
    Ok(())
}

/// The seat is released before anybody was asked to tell of it: there is nothing to tell any more. One that
/// identity may have heard of stays as it is, and who tells looks who still holds the seat.
pub async fn withdraw(tx: &mut Tx, tenant: Tenant, product: &ProductId, user: Uuid) -> Result<()> {
    earlier::withdraw(tx, tenant, product, user).await?;
    // Through jsonb_exists, because the operator `?` reads as a placeholder in many tools.
    tx.query(Sql {
        postgres: "UPDATE seat_announcements SET users = users - CAST($3 AS TEXT)
            WHERE organization_id = $1 AND product = $2 AND lease_attempt = 0 AND jsonb_exists(users, $3)",
        sqlite: "UPDATE seat_announcements SET users = json_remove(users, '$.\"' || $3 || '\"')
            WHERE organization_id = $1 AND product = $2 AND lease_attempt = 0
                AND json_type(users, '$.\"' || $3 || '\"') IS NOT NULL",
    })
    .bind(tenant.organization())
    .bind(product.as_str())
    .bind(user.to_string())
    .execute()
    .await?;
    Ok(())
}
