//! Who holds a seat: looking, giving, taking back.

pub mod assign;
pub mod batch_get;
pub mod give;
pub mod list;
pub mod people;
pub mod queue;
pub mod release;
pub mod sets;

use chrono::{DateTime, Utc};
use proto::identity::v1::User;
use proto::license::v1::Seat;
use proto::name;
use proto::time;

/// A user's seat, held since `assign_time` or not held.
pub fn seat(name: &name::Seat, assign_time: Option<DateTime<Utc>>, user: User) -> Seat {
    Seat {
        name: name.to_string(),
        held: assign_time.is_some(),
        assign_time: assign_time.map(time::to_wire),
        user: Some(user),
    }
}
