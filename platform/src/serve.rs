//! Running a process: background work, listening, health, and stopping within a limit.
//!
//! Start-up is settings → build → serve → drain. Listeners and the stop signal come from outside, so
//! that a test can hold them.

mod admin;
mod connection;
mod group;
mod health;
mod listen;
mod probe;
mod process;
mod room;
mod signals;
mod spawner;
mod still;
mod worker;

pub use admin::admin;
pub use group::Group;
pub use health::{Component, Health};
pub use listen::{Limits, Listener, run};
pub use probe::Probe;
pub use process::Process;
pub use room::{Load, Manners, bounded};
pub use signals::Signals;
pub use spawner::Spawner;
pub use worker::Job;

/// How a stop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Everything finished by itself.
    Clean,
    /// The limit passed; this many tasks or connections were cut.
    Cut(usize),
}
