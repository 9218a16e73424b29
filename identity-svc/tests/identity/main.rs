//! identity-svc as a black box, on both databases.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod activation;
mod born_inactive;
mod crossing;
mod devices;
mod directory;
mod edit;
mod form;
mod getting;
mod isolation;
mod links;
mod lists;
mod organizations;
mod portal;
mod repeats;
mod rights;
mod setup;
mod sign_in;
mod soundness;
mod stopping;
mod world;
