//! Facts and rules of messages.

pub mod events;
pub mod message;
pub mod rendering;
pub mod search;
pub mod smtp;
