//! google.protobuf.Timestamp ⇄ chrono, which services compute with.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;

/// As it travels.
pub fn to_wire(time: DateTime<Utc>) -> Timestamp {
    let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default();
    Timestamp { seconds: time.timestamp(), nanos }
}

/// As services compute with it; `None` outside chrono's range.
pub fn from_wire(time: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).ok()?)
}
