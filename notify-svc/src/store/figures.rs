//! What operators see of the queue.

use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use platform::db::{self, Tx};
use platform::telemetry::{self, Figure, Kind};

const QUEUE: Kind = Kind {
    name: "roster.mail.queue",
    about: "Mails that have not left yet, of the first 10,000: waiting for their turn, at work, put off.",
    unit: "",
};
const OLDEST: Kind = Kind {
    name: "roster.mail.queue.oldest.age",
    about: "How long the oldest mail whose turn it is has waited since then.",
    unit: "s",
};

/// Reads only the index of what has not left.
pub fn read(tx: &mut Tx, now: DateTime<Utc>) -> BoxFuture<'_, db::Result<Vec<Figure>>> {
    queue(tx, now).boxed()
}

async fn queue(tx: &mut Tx, now: DateTime<Utc>) -> db::Result<Vec<Figure>> {
    tx.query(
        "SELECT count(CASE WHEN lease_owner IS NULL AND (lease_until IS NULL OR lease_until <= $1) THEN 1 END) AS waiting,
             count(CASE WHEN lease_owner IS NOT NULL THEN 1 END) AS sending,
             count(CASE WHEN lease_owner IS NULL AND lease_until > $1 THEN 1 END) AS deferred,
             count(CASE WHEN lease_owner IS NOT NULL AND lease_until <= $1 THEN 1 END) AS expired,
             min(CASE WHEN lease_owner IS NULL AND (lease_until IS NULL OR lease_until <= $1)
                 THEN coalesce(lease_until, create_time) END) AS oldest
         FROM (SELECT lease_owner, lease_until, create_time FROM messages WHERE state = 'QUEUED'
             ORDER BY turn, create_time LIMIT 10000) AS queue",
    )
    .bind(now)
    .one(|row| {
        let oldest: Option<DateTime<Utc>> = row.get("oldest")?;
        let age = oldest.map_or(0.0, |oldest| (now - oldest).as_seconds_f64().max(0.0));
        let count = |state: &'static str| -> db::Result<Figure> {
            Ok(Figure::count(&QUEUE, Some(("state", state)), row.get(state)?))
        };
        let [sending, expired] = ["sending", "expired"].map(|column| row.get::<i64>(column));
        let expired = expired?;
        let lease = |state, count| Figure::count(&telemetry::LEASES, Some(("state", state)), count);
        Ok(vec![
            count("waiting")?,
            count("sending")?,
            count("deferred")?,
            lease("held", sending? - expired),
            lease("expired", expired),
            Figure { kind: &OLDEST, label: None, value: age },
        ])
    })
    .await
}
