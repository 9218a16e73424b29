//! `user_suspensions`: users whom identity-svc has deactivated.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx};
use platform::tenant::Tenant;
use uuid::Uuid;

use super::entitlements;

/// Those of `users` who may use nothing now.
pub async fn among(tx: &mut Tx, tenant: Tenant, users: &[Uuid]) -> Result<HashSet<Uuid>> {
    let found: Vec<Uuid> = tx
        .query(Sql {
            postgres: "SELECT s.user_id FROM user_suspensions s JOIN (
                    SELECT DISTINCT $1::uuid AS organization_id, value::uuid AS user_id
                    FROM jsonb_array_elements_text($2)) AS wanted
                ON s.organization_id = wanted.organization_id AND s.user_id = wanted.user_id",
            sqlite: "SELECT user_id FROM user_suspensions WHERE organization_id = $1
                AND user_id IN (SELECT value FROM jsonb_each($2))",
        })
        .bind(tenant.organization())
        .bind_json(users)
        .all(|row| row.get("user_id"))
        .await?;
    Ok(found.into_iter().collect())
}

/// The user may use nothing from now on; a repeat changes nothing.
pub async fn insert(tx: &mut Tx, tenant: Tenant, user: Uuid, now: DateTime<Utc>) -> Result<()> {
    tx.wake(entitlements::TOPIC);
    tx.query(
        "INSERT INTO user_suspensions (organization_id, user_id, suspend_time) VALUES ($1, $2, $3)
         ON CONFLICT (organization_id, user_id) DO NOTHING",
    )
    .bind(tenant.organization())
    .bind(user)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The user may use again what the seats allow.
pub async fn delete(tx: &mut Tx, tenant: Tenant, user: Uuid) -> Result<()> {
    tx.wake(entitlements::TOPIC);
    tx.query("DELETE FROM user_suspensions WHERE organization_id = $1 AND user_id = $2")
        .bind(tenant.organization())
        .bind(user)
        .execute()
        .await?;
    Ok(())
}
