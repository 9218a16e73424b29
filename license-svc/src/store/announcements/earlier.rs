//! `announcements` and `announcement_users`, which the release before writes: a row for each user.
//!
//! To be removed, with the tables, in the release after this one.

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx};

/// How many are taken over at once.
const BATCH: i64 = 64;

/// Whether there is any.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    Ok(tx.query("SELECT id FROM announcements LIMIT 1").optional(|_| Ok(())).await?.is_some())
}

/// Takes over those that nobody works on; their ids stay, so that nobody is told twice. Answers how many.
pub async fn adopt(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    macro_rules! adopt {
        ($users:literal, $lock:literal) => {
            concat!(
                "INSERT INTO seat_announcements (organization_id, id, product, principal, users, create_time,
                     traceparent, lease_attempt)
                 SELECT organization_id, id, product, principal, coalesce((SELECT ",
                $users,
                "    FROM announcement_users WHERE announcement_users.organization_id = old.organization_id
                         AND announcement_id = old.id), '{}'), create_time, traceparent, lease_attempt
                 FROM announcements AS old WHERE lease_until IS NULL OR lease_until <= $1
                 ORDER BY create_time LIMIT $2",
                $lock
            )
        };
    }
    let text = Sql {
        postgres: adopt!("jsonb_object_agg(user_id, event_id)", " FOR UPDATE SKIP LOCKED"),
        sqlite: adopt!("json_group_object(user_id, event_id)", ""),
    };
    let adopted = tx.query(text).bind(now).bind(BATCH).execute().await?;
    // Users go with their announcement.
    tx.query("DELETE FROM announcements WHERE id IN (SELECT id FROM seat_announcements)").execute().await?;
    Ok(adopted)
}
