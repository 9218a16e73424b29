//! Events that leave exactly when the change they tell of is durable.
//!
//! [`put`] writes an event, [`put_all`] many, once per destination, **in the transaction of the change**. A
//! [`Relay`] claims rows by their state (never by "position greater than the last one": positions commit out
//! of order and rows would be lost) and pushes them to `InboxService/Deliver` of the destination. Delivery is
//! at least once, and the consumer's [`inbox`](crate::inbox) makes it once. Events of one ordering key arrive
//! at a destination in the order in which they were written; an event that is refused holds up its own key
//! only. Delivered rows are kept seven days, so that a restored consumer can be told again, in the order of
//! the events' ids.

use chrono::{DateTime, TimeDelta, Utc};
use proto::events::v1::Event;
use uuid::Uuid;

use crate::db::{Error, Result, Tx};
use crate::telemetry;

pub(crate) use figures::figures;
pub use relay::{Relay, Round};

mod claim;
mod delivery;
mod figures;
mod packed;
mod record;
mod relay;
mod spans;
mod upkeep;

/// How long a delivered event is kept.
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// What [`Tx::wake`] rings when events were put.
const TOPIC: &str = "outbox";

/// Writes an event for each of its destinations (names of services, from the producer's
/// `domain/events.rs`). Its id is a UUIDv7; an empty ordering key means that order does not matter. It
/// carries the trace of the change, unless it has one.
///
/// # Errors
///
/// [`Error::Other`] when the event's id is no UUID;
/// [`Error::Conflict`] when it was put before.
pub async fn put(
    tx: &mut Tx,
    event: &Event,
    destinations: &[&'static str],
    now: DateTime<Utc>,
) -> Result<()> {
    put_all(tx, [event], destinations, now).await
}

/// [`put`] for thousands of events, in their order. Up to 500 of them are one row.
///
/// # Errors
///
/// As [`put`]; only the first event of a row is known again.
pub async fn put_all<'e>(
    tx: &mut Tx,
    events: impl IntoIterator<Item = &'e Event>,
    destinations: &[&'static str],
    now: DateTime<Utc>,
) -> Result<()> {
    let traceparent = telemetry::current().unwrap_or_default();
    let events = events.into_iter().map(|event| traced(event, &traceparent)).collect();
    for events in packed::rows(events) {
        let ids = events.iter().map(|event| Uuid::try_parse(&event.id).map_err(Error::other));
        let ids = ids.collect::<Result<Vec<Uuid>>>()?;
        let Some(first) = ids.first() else { continue };
        let packed = packed::pack(events)?;
        for destination in destinations {
            packed::insert(tx, (*first, destination), &packed, (now, None)).await?;
        }
        tx.wake(TOPIC);
    }
    Ok(())
}

/// How many events are not delivered yet.
///
/// # Errors
///
/// See [`Error`].
pub async fn waiting(tx: &mut Tx) -> Result<i64> {
    tx.query(
        "SELECT CAST(coalesce(sum(event_count), 0) AS BIGINT) AS n FROM outbox WHERE delivered_time IS NULL",
    )
    .value("n")
    .await
}

/// The event in its own trace, or in this one.
fn traced(event: &Event, traceparent: &str) -> Event {
    let mut event = event.clone();
    if event.traceparent.is_empty() {
        traceparent.clone_into(&mut event.traceparent);
    }
    event
}
