//! `seat_events`: the ledger (N3). Rows are written with the change and never touched again.

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::seat::{Change, Reason};

#[derive(Serialize)]
struct Entry<'a> {
    id: Uuid,
    user_id: Uuid,
    actor: &'a str,
}

/// Seats were assigned.
pub async fn assigned(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    seats: &[Change],
    reason: Reason,
    now: DateTime<Utc>,
) -> Result<()> {
    insert(tx, tenant, product, "ASSIGNED", seats, reason, now).await
}

/// A seat was released.
pub async fn released(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    seat: Change,
    reason: Reason,
    now: DateTime<Utc>,
) -> Result<()> {
    insert(tx, tenant, product, "RELEASED", &[seat], reason, now).await
}

async fn insert(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    kind: &str,
    seats: &[Change],
    reason: Reason,
    now: DateTime<Utc>,
) -> Result<()> {
    let entries = seats.iter().map(|seat| Entry { id: seat.event, user_id: seat.user, actor: &seat.actor });
    let rows: Vec<Entry<'_>> = entries.collect();
    tx.query(Sql {
        postgres: "INSERT INTO seat_events
                (organization_id, product, kind, reason, occur_time, id, user_id, actor)
            SELECT $1, $2, $3, $4, $5, r.id, r.user_id, r.actor
            FROM jsonb_to_recordset($6) AS r(id uuid, user_id uuid, actor text)",
        sqlite: "INSERT INTO seat_events
                (organization_id, product, kind, reason, occur_time, id, user_id, actor)
            SELECT $1, $2, $3, $4, $5, value ->> 'id', value ->> 'user_id', value ->> 'actor'
            FROM jsonb_each($6)",
    })
    .bind(tenant.organization())
    .bind(product.as_str())
    .bind(kind)
    .bind(reason.as_str())
    .bind(now)
    .bind_json(&rows)
    .execute()
    .await?;
    Ok(())
}
