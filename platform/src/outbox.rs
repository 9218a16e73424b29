//! Events that leave exactly when the change they tell of is durable.
//!
//! [`put`] writes an event, once per destination, **in the transaction of the change**. A [`Relay`]
//! claims rows by their state (never by "position greater than the last one": positions commit out of
//! order and rows would be lost) and pushes them to `InboxService/Deliver` of the destination. Delivery
//! is at least once, and the consumer's [`inbox`](crate::inbox) makes it once. Events of one ordering
//! key arrive at a destination in the order in which they were written; an event that is refused holds
//! up its own key only. Delivered rows are kept seven days, so that a restored consumer can be told again.

use chrono::{DateTime, TimeDelta, Utc};
use prost::Message as _;
use proto::events::v1::Event;
use serde::Serialize;
use uuid::Uuid;

use crate::db::{Error, Result, Sql, Tx};
use crate::telemetry;

pub(crate) use figures::figures;
pub use relay::{Relay, Round};

mod claim;
mod delivery;
mod figures;
mod relay;
mod spans;
mod upkeep;

/// How long a delivered event is kept.
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// What [`Tx::wake`] rings when events were put.
const TOPIC: &str = "outbox";

#[derive(Serialize)]
struct Row {
    event_id: Uuid,
    destination: &'static str,
    ordering_key: String,
    event: String,
}

/// Writes an event for each of its destinations (names of services, from the producer's
/// `domain/events.rs`). Its id is a UUIDv7; an empty ordering key means that order does not matter. It
/// carries the trace of the change, unless it has one.
///
/// # Errors
///
/// [`Error::Other`] when the event's id is no UUID; [`Error::Conflict`] when it was put before.
pub async fn put(
    tx: &mut Tx,
    event: &Event,
    destinations: &[&'static str],
    now: DateTime<Utc>,
) -> Result<()> {
    put_all(tx, [event], destinations, now).await
}

/// [`put`] for thousands of events in one statement, in their order.
///
/// # Errors
///
/// As [`put`].
pub async fn put_all<'e>(
    tx: &mut Tx,
    events: impl IntoIterator<Item = &'e Event>,
    destinations: &[&'static str],
    now: DateTime<Utc>,
) -> Result<()> {
    let traceparent = telemetry::current().unwrap_or_default();
    let mut rows = Vec::new();
    for event in events {
        let bytes = hex(&encoded(event, &traceparent));
        for destination in destinations {
            rows.push(row(event, destination, bytes.clone())?);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    tx.query(Sql {
        postgres: "INSERT INTO outbox (event_id, destination, ordering_key, event, due_time)
            SELECT (value ->> 'event_id')::uuid, value ->> 'destination', value ->> 'ordering_key',
                decode(value ->> 'event', 'hex'), $2::timestamptz
            FROM jsonb_array_elements($1) WITH ORDINALITY AS given (value, nth) ORDER BY nth",
        sqlite: "INSERT INTO outbox (event_id, destination, ordering_key, event, due_time)
            SELECT value ->> 'event_id', value ->> 'destination', value ->> 'ordering_key',
                unhex(value ->> 'event'), $2
            FROM jsonb_each($1) ORDER BY key",
    })
    .bind_json(&rows)
    .bind(now)
    .execute()
    .await?;
    tx.wake(TOPIC);
    Ok(())
}

/// How many rows are not delivered yet.
///
/// # Errors
///
/// See [`Error`].
pub async fn waiting(tx: &mut Tx) -> Result<i64> {
    tx.query("SELECT count(*) AS n FROM outbox WHERE delivered_time IS NULL").value("n").await
}

fn row(event: &Event, destination: &'static str, bytes: String) -> Result<Row> {
    Ok(Row {
        event_id: Uuid::try_parse(&event.id).map_err(Error::other)?,
        destination,
        ordering_key: event.ordering_key.clone(),
        event: bytes,
    })
}

/// The event in its own trace, or in this one.
fn encoded(event: &Event, traceparent: &str) -> Vec<u8> {
    if traceparent.is_empty() || !event.traceparent.is_empty() {
        return event.encode_to_vec();
    }
    Event { traceparent: traceparent.to_owned(), ..event.clone() }.encode_to_vec()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
