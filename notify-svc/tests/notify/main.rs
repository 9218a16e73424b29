//! notify-svc as a black box, on both databases.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod mailbox;
mod program;
mod relay;
mod search;
mod senders;
mod sink;
mod turns;
mod world;
