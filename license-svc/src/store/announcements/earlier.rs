//! `announcements` and `announcement_users`, which the release before writes: a row for each user.
//!
//! A seat that such a replica takes back is told of all the same if a newer one gave it a moment before: the older
//! one does not know the other table.
//!
//! To be removed, with the tables, in the release after this one.

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;
use uuid::Uuid;

/// How many are taken over at once.
const BATCH: i64 = 64;

/// Whether there is any.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    Ok(tx.query("SELECT id FROM announcements LIMIT 1").optional(|_| Ok(())).await?.is_some())
}

/// Takes over those that nobody works on; their ids stay, so that nobody is told twice. Answers how many.
pub async fn adopt(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    macro_rules! free {
        ($lock:literal) => {
            concat!(
                "SELECT id FROM announcements WHERE lease_until IS NULL OR lease_until <= $1
                 ORDER BY create_time LIMIT $2",
                $lock
            )
        };
    }
    // Locked before the users are read: one who is withdrawn meanwhile is not among them.
    let text = Sql { postgres: free!(" FOR UPDATE SKIP LOCKED"), sqlite: free!("") };
    let ids: Vec<Uuid> = tx.query(text).bind(now).bind(BATCH).all(|row| row.get("id")).await?;
    tx.query(ADOPTED).bind_json(&ids).execute().await?;
    // Users go with their announcement.
    tx.query("DELETE FROM announcements WHERE id IN (SELECT id FROM seat_announcements)").execute().await
}

macro_rules! adopted {
    ($users:literal, $ids:literal) => {
        concat!(
            "INSERT INTO seat_announcements (organization_id, id, product, principal, users, create_time,
                 traceparent, lease_attempt)
             SELECT organization_id, id, product, principal, coalesce((SELECT ",
            $users,
            "    FROM announcement_users WHERE announcement_users.organization_id = old.organization_id
                     AND announcement_id = old.id), '{}'), create_time, traceparent, lease_attempt
             FROM announcements AS old WHERE id IN (",
            $ids,
            ")"
        )
    };
}
const ADOPTED: Sql = Sql {
    postgres: adopted!(
        "jsonb_object_agg(user_id, event_id)",
        "SELECT value::uuid FROM jsonb_array_elements_text($1)"
    ),
    sqlite: adopted!("json_group_object(user_id, event_id)", "SELECT value FROM jsonb_each($1)"),
};

/// As for those of this release.
pub async fn withdraw(tx: &mut Tx, tenant: Tenant, product: &ProductId, user: Uuid) -> Result<()> {
    // Locked first: what is being taken over at this moment is found in the other table afterwards.
    tx.query(Sql {
        postgres: "SELECT id FROM announcements WHERE organization_id = $1 AND product = $2
            AND lease_attempt = 0 FOR UPDATE",
        sqlite: "SELECT id FROM announcements WHERE organization_id = $1 AND product = $2
            AND lease_attempt = 0",
    })
    .bind(tenant.organization())
    .bind(product.as_str())
    .all(|_| Ok(()))
    .await?;
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
