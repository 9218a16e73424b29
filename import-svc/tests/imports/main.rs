//! import-svc as a black box, on both databases.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod accepting;
mod applying;
mod crashes;
mod errors;
mod failing;
mod fakes;
mod files;
mod lists;
#[path = "../../../roster/tests/data/people.rs"]
mod people;
mod plans;
mod sweeping;
mod upgrades;
mod uploads;
mod watching;
mod wire;
mod world;
