//! SIGTERM and SIGINT: the order to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Both signals, from now on ours: none ends the process unasked, and one that comes before anybody waits
/// is not lost.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes them over. The first thing that a process does, before a port tells anybody that it is there.
    /// Called inside a runtime.
    ///
    /// # Errors
    /// What the system says.
    pub fn install() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Cancels `stop` at the first one, and ends with `stop` in any case.
    pub async fn cancel(mut self, stop: CancellationToken) {
        if stop.run_until_cancelled(self.next()).await.is_some() {
            tracing::info!("stopping");
            stop.cancel();
        }
    }
}
