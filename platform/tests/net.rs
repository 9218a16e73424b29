//! Services over the network: who is there, who is believed, and what a call survives.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "net/budget.rs"]
mod budget;
#[path = "net/certificates.rs"]
mod certificates;
#[path = "net/deadlines.rs"]
mod deadlines;
#[path = "net/issuers.rs"]
mod issuers;
#[path = "net/outlook.rs"]
mod outlook;
#[path = "net/pki.rs"]
mod pki;
#[path = "net/replica.rs"]
mod replica;
#[path = "net/replicas.rs"]
mod replicas;
#[path = "net/rotation.rs"]
mod rotation;
#[path = "net/stranger.rs"]
mod stranger;
