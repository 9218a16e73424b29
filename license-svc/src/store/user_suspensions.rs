//! `user_suspensions`: users whom identity-svc has deactivated.

use chrono::{DateTime, Utc};
use platform::db::{Result, Tx};
use platform::tenant::Tenant;
use uuid::Uuid;

use super::entitlements;

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
