//! The events of a row. What one call of [`put_all`](super::put_all) tells a destination is one row: a row for
//! each event, claimed and settled, was a sixth of what an import costs.

use chrono::{DateTime, Utc};
use prost::Message as _;
use proto::events::v1::{DeliverRequest, Event};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::db::{Error, Result, Tx};

/// The most events of a row.
pub(super) const EVENTS: usize = 500;

/// The most bytes of several events in a row: a delivery of rows stays far below the 4 MiB that a service takes.
const BYTES: usize = 512 << 10;

/// Stands before several events. No message of protobuf begins with it: who takes a row for a single event
/// cannot read it, instead of delivering an empty one.
const SEVERAL: u8 = 0;

/// Events as a row keeps them.
pub(super) struct Packed {
    /// Of a single event; empty for several.
    key: String,
    /// Of several events, none twice.
    keys: Option<Json>,
    count: i64,
    bytes: Vec<u8>,
}

/// Events for one row each, in their order.
pub(super) fn rows(events: Vec<Event>) -> Vec<Vec<Event>> {
    let (mut rows, mut bytes) = (Vec::<Vec<Event>>::new(), 0);
    for event in events {
        bytes += event.encoded_len();
        match rows.last_mut() {
            Some(row) if row.len() < EVENTS && bytes <= BYTES => row.push(event),
            _ => {
                bytes = event.encoded_len();
                rows.push(vec![event]);
            }
        }
    }
    rows
}

/// Packs at least one event.
pub(super) fn pack(mut events: Vec<Event>) -> Result<Packed> {
    if let [_] = events.as_slice() {
        let event = events.remove(0);
        return Ok(Packed { bytes: event.encode_to_vec(), key: event.ordering_key, keys: None, count: 1 });
    }
    let mut keys: Vec<&str> = events.iter().map(|event| event.ordering_key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let keys = Some(json!(keys));
    let count = i64::try_from(events.len()).map_err(Error::other)?;
    let mut bytes = vec![SEVERAL];
    DeliverRequest { events }.encode(&mut bytes).map_err(Error::other)?;
    Ok(Packed { key: String::new(), keys, count, bytes })
}

/// The events of a row; none when it cannot be read.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<Event>> {
    match bytes {
        [SEVERAL, several @ ..] => {
            DeliverRequest::decode(several).ok().map(|all| all.events).filter(|events| !events.is_empty())
        }
        one => Event::decode(one).ok().map(|event| vec![event]),
    }
}

/// Writes a row that is due, or was delivered. `id` is that of its first event, or one of its own.
pub(super) async fn insert(
    tx: &mut Tx,
    (id, destination): (Uuid, &str),
    packed: &Packed,
    (due_time, delivered_time): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<()> {
    tx.query(
        "INSERT INTO outbox (event_id, destination, ordering_key, ordering_keys, event_count, event, due_time,
             delivered_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(destination)
    .bind(&packed.key)
    .bind(packed.keys.as_ref())
    .bind(packed.count)
    .bind(&packed.bytes)
    .bind(due_time)
    .bind(delivered_time)
    .execute()
    .await?;
    Ok(())
}

/// The row keeps what is left of it, at its place. Answers its destination, none when its claim ended and it is
/// another's now.
pub(super) async fn keep(
    tx: &mut Tx,
    (position, claim): (i64, Uuid),
    left: &Packed,
    (attempt, due_time): (i64, DateTime<Utc>),
) -> Result<Option<String>> {
    tx.query(
        "UPDATE outbox SET claim = NULL, attempt = $3, due_time = $4, ordering_key = $5, ordering_keys = $6,
             event_count = $7, event = $8
         WHERE claim = $2 AND position = $1 RETURNING destination",
    )
    .bind(position)
    .bind(claim)
    .bind(attempt)
    .bind(due_time)
    .bind(&left.key)
    .bind(left.keys.as_ref())
    .bind(left.count)
    .bind(&left.bytes)
    .optional(|row| row.get("destination"))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(key: &str) -> Event {
        Event { id: Uuid::now_v7().to_string(), ordering_key: key.to_owned(), ..Event::default() }
    }

    #[test]
    fn a_single_event_is_stored_as_it_is() {
        let event = event("k");
        let packed = pack(vec![event.clone()]).expect("packs");
        assert_eq!((packed.key.as_str(), packed.keys, packed.count), ("k", None, 1));
        assert_eq!(Event::decode(packed.bytes.as_slice()).as_ref(), Ok(&event));
        assert_eq!(unpack(&packed.bytes), Some(vec![event]));
    }

    #[test]
    fn several_events_come_out_in_their_order_and_are_no_single_event() {
        let events = ["b", "", "b", "a"].map(event);
        let packed = pack(events.to_vec()).expect("packs");
        assert_eq!((packed.count, packed.keys), (4, Some(json!(["", "a", "b"]))));
        assert!(Event::decode(packed.bytes.as_slice()).is_err());
        assert_eq!(unpack(&packed.bytes).as_deref(), Some(events.as_slice()));
        assert_eq!(unpack(&[SEVERAL]), None, "a row tells something");
    }

    #[test]
    fn a_row_has_few_events_and_few_bytes() {
        let sizes = |events| rows(events).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(vec![event("k"); 1_001]), [500, 500, 1]);
        let large = event(&"k".repeat(BYTES / 3));
        assert_eq!(sizes(vec![large; 5]), [2, 2, 1]);
        assert_eq!(sizes(vec![event(&"k".repeat(BYTES * 2)), event("k")]), [1, 1]);
        assert!(sizes(Vec::new()).is_empty());
    }
}
