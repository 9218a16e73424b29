//! Calls between services: who is calling, what they may, how long they wait.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "calls/fixture.rs"]
mod fixture;
#[path = "calls/forged.rs"]
mod forged;
#[path = "calls/guard.rs"]
mod guard;
#[path = "calls/peer.rs"]
mod peer;
#[path = "calls/principal.rs"]
mod principal;
#[path = "calls/tenant.rs"]
mod tenant;
