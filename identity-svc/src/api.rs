//! Wire to value, app, value to wire: one file per gRPC service, no decisions.

pub mod access;
pub mod bulk_runs;
mod call;
pub mod credentials;
pub mod directory;
pub mod inbox;
mod input;
pub mod operator;
pub mod organizations;
pub mod sessions;
pub mod setup;
pub mod users;
mod wire;
