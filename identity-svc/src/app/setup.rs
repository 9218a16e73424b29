//! The first organization of an empty system, and the keys that operators hand out.

pub mod bootstrap;
pub mod complete;
pub mod create_client;
pub mod create_link;
pub mod state;
