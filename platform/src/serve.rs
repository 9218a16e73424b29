//! Running a process: background work, listening, health, and stopping within a limit.
//!
//! Start-up is settings → build → serve → drain. Listeners and the stop signal come from outside, so
//! that a test can hold them.

use tokio_util::sync::CancellationToken;

mod admin;
mod connection;
mod group;
mod health;
mod listen;
mod probe;
mod process;
mod room;
mod spawner;
mod worker;

pub use admin::admin;
pub use group::Group;
pub use health::{Component, Health};
pub use listen::{Limits, Listener, run};
pub use probe::Probe;
pub use process::Process;
pub use room::{Load, Manners, bounded};
pub use spawner::Spawner;
pub use worker::Job;

/// How a stop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Everything finished by itself.
    Clean,
    /// The limit passed; this many tasks or connections were cut.
    Cut(usize),
}

/// Cancels `stop` at SIGTERM or SIGINT.
///
/// # Errors
/// When the handlers cannot be installed.
pub async fn signals(stop: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stop.cancelled() => return Ok(()),
    }
    tracing::info!("stopping");
    stop.cancel();
    Ok(())
}
