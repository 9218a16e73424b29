//! The contract: generated code, and the law that all messages obey.
//!
//! Owns resource names, page tokens, the filter language and the closed list
//! of refusal reasons. Knows no database, no service and nobody's clock.

pub mod audience;
pub mod filter;
mod generated;
pub mod name;
pub mod page;
pub mod print;
pub mod refusal;
pub mod repeat;
pub mod request_id;
pub mod time;

pub use generated::roster::{events, identity, imports, license, notify};

/// Well-known `google.api` messages that the contract uses.
pub mod google {
    pub use crate::generated::google::api;
}

/// The contract with its options and comments, encoded (google.protobuf.FileDescriptorSet).
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
