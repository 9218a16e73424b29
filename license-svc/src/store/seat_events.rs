//! `seat_events`: the ledger (N3). Rows are written with the change and never touched again.

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;

use crate::domain::seat::{Change, Reason};

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
    let row = |seat: &Change| [seat.event.into(), seat.user.into(), (&seat.actor).into()];
    tx.query(Sql {
        postgres: "INSERT INTO seat_events
                (organization_id, product, kind, reason, occur_time, id, user_id, actor)
            SELECT $1, $2, $3, $4, $5, r.*
            FROM unnest($6::uuid[], $7::uuid[], $8::text[]) AS r",
        sqlite: "INSERT INTO seat_events
                (organization_id, product, kind, reason, occur_time, id, user_id, actor)
            SELECT $1, $2, $3, $4, $5, value ->> 0, value ->> 1, value ->> 2
            FROM jsonb_each($6)",
    })
    .bind(tenant.organization())
    .bind(product.as_str())
    .bind(kind)
    .bind(reason.as_str())
    .bind(now)
    .bind_rows(seats.iter().map(row))
    .execute()
    .await?;
    Ok(())
}
