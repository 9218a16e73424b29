//! platform

pub mod caller;
pub mod clock;
pub mod config;
pub mod db;
pub mod inbox;
pub mod keys;
pub mod lease;
pub mod once;
pub mod outbox;
pub mod peer;
pub mod serve;
pub mod telemetry;
pub mod tenant;
pub mod testing;
