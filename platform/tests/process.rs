//! What a process stands on: keys, settings, background work, listening, what an operator sees.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "process/config.rs"]
mod config;
#[path = "process/group.rs"]
mod group;
#[path = "process/health.rs"]
mod health;
#[path = "process/keys.rs"]
mod keys;
#[path = "process/listen.rs"]
mod listen;
#[path = "process/load.rs"]
mod load;
#[path = "process/spawner.rs"]
mod spawner;
#[path = "process/telemetry.rs"]
mod telemetry;
