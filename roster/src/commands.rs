//! One file per command that an operator runs.

pub mod backup;
pub mod bootstrap;
pub mod check;
pub mod client;
pub mod purchase;

/// What a service refused with, for a person at a terminal.
fn said(status: tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("{}", status.message())
}
