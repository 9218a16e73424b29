//! gateway

pub mod console;
pub mod transcode;
