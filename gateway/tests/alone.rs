#![expect(clippy::unwrap_used, reason = "a test may panic")]
//! `gateway transcode` over real sockets: a foreign server behind, a plain HTTP client in front.

#[path = "alone/around.rs"]
mod around;
#[path = "alone/cancel.rs"]
mod cancel;
#[path = "alone/oracle.rs"]
mod oracle;
#[path = "alone/program.rs"]
mod program;
#[path = "alone/world.rs"]
mod world;
