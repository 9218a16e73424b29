//! The main job, end to end, told against the real program.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../data/people.rs"]
mod people;

mod browser;
mod collector;
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
mod repeats;
mod rows;
mod shape;
mod story;
mod telemetry;
