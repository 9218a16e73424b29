//! `seats`: who holds one now. The pool counts them; lock the pool first.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;
use uuid::Uuid;

use super::entitlements;
use crate::domain::seat::Change;

/// Those of `users` who hold a seat, and since when.
pub async fn holders(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    users: &[Uuid],
) -> Result<HashMap<Uuid, DateTime<Utc>>> {
    let found = tx
        .query(Sql {
            postgres: "SELECT s.user_id, s.assign_time FROM seats s JOIN (
                    SELECT DISTINCT $1::uuid AS organization_id, $2 AS product, value::uuid AS user_id
                    FROM jsonb_array_elements_text($3)) AS wanted
                ON s.organization_id = wanted.organization_id AND s.product = wanted.product
                    AND s.user_id = wanted.user_id",
            sqlite: "SELECT user_id, assign_time FROM seats WHERE organization_id = $1 AND product = $2
                AND user_id IN (SELECT value FROM jsonb_each($3))",
        })
        .bind(tenant.organization())
        .bind(product.as_str())
        .bind_json(users)
        .all(|row| Ok((row.get("user_id")?, row.get("assign_time")?)))
        .await?;
    Ok(found.into_iter().collect())
}

/// Holders after `after` in the order of their ids, which is the order in which users were made.
pub async fn page(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    after: Uuid,
    skip: i64,
    limit: i64,
) -> Result<Vec<(Uuid, DateTime<Utc>)>> {
    tx.query(
        "SELECT user_id, assign_time FROM seats WHERE organization_id = $1 AND product = $2 AND user_id > $3
         ORDER BY user_id LIMIT $4 OFFSET $5",
    )
    .bind(tenant.organization())
    .bind(product.as_str())
    .bind(after)
    .bind(limit)
    .bind(skip)
    .all(|row| Ok((row.get("user_id")?, row.get("assign_time")?)))
    .await
}

/// The products of which `users` hold a seat, in the order of users and products.
pub async fn products(tx: &mut Tx, tenant: Tenant, users: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    tx.query(Sql {
        postgres: "SELECT s.user_id, s.product FROM seats s JOIN (
                SELECT DISTINCT $1::uuid AS organization_id, value::uuid AS user_id
                FROM jsonb_array_elements_text($2)) AS wanted
            ON s.organization_id = wanted.organization_id AND s.user_id = wanted.user_id
            ORDER BY s.user_id, s.product",
        sqlite: "SELECT user_id, product FROM seats WHERE organization_id = $1
            AND user_id IN (SELECT value FROM jsonb_each($2)) ORDER BY user_id, product",
    })
    .bind(tenant.organization())
    .bind_json(users)
    .all(|row| Ok((row.get("user_id")?, row.get("product")?)))
    .await
}

/// Gives seats to users who hold none. Returns how many were written.
pub async fn insert(
    tx: &mut Tx,
    tenant: Tenant,
    product: &ProductId,
    seats: &[Change],
    now: DateTime<Utc>,
) -> Result<u64> {
    tx.wake(entitlements::TOPIC);
    let row = |seat: &Change| [seat.user.into(), (&seat.actor).into()];
    tx.query(Sql {
        postgres: "INSERT INTO seats (organization_id, product, user_id, assign_time, assigned_by)
            SELECT $1, $2, r.user_id, $3, r.assigned_by
            FROM unnest($4::uuid[], $5::text[]) AS r(user_id, assigned_by)",
        sqlite: "INSERT INTO seats (organization_id, product, user_id, assign_time, assigned_by)
            SELECT $1, $2, value ->> 0, $3, value ->> 1 FROM jsonb_each($4)",
    })
    .bind(tenant.organization())
    .bind(product.as_str())
    .bind(now)
    .bind_rows(seats.iter().map(row))
    .execute()
    .await
}

/// Takes the user's seat away. False when there was none.
pub async fn delete(tx: &mut Tx, tenant: Tenant, product: &ProductId, user: Uuid) -> Result<bool> {
    tx.wake(entitlements::TOPIC);
    let deleted = tx
        .query("DELETE FROM seats WHERE organization_id = $1 AND product = $2 AND user_id = $3")
        .bind(tenant.organization())
        .bind(product.as_str())
        .bind(user)
        .execute()
        .await?;
    Ok(deleted == 1)
}
