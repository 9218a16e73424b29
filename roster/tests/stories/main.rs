//! The main job, end to end, told against the real program.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../data/people.rs"]
mod people;
#[expect(dead_code, reason = "platform's own tests use more of it")]
#[path = "../../../platform/tests/net/pki.rs"]
mod pki;
#[path = "../../../platform/tests/net/stranger.rs"]
mod stranger;

mod browser;
mod collector;
mod conditions;
mod console;
mod doors;
mod faults;
mod five;
mod http;
mod installation;
mod kills;
mod openapi;
mod operators;
mod partner;
mod person;
mod reads;
mod repeats;
mod rows;
mod shape;
mod story;
mod strangers;
mod telemetry;
