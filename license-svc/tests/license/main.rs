//! license-svc as a black box, on both databases.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod check;
mod entitlements;
mod imports;
mod interrupted;
mod invites;
mod mapping;
mod pools;
mod purchases;
mod race;
mod renewals;
mod seats;
mod upgrades;
mod walk;
mod world;
