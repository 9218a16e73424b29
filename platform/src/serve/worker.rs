//! Loops that outlive a request.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::tenant::Tenant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Whoever ran this long was well; the next fault starts with the first pause again.
const WELL: Duration = Duration::from_secs(60);

/// What a worker may use. Only a [`Spawner`](super::Spawner) makes one.
#[derive(Clone, Debug)]
pub struct Job {
    name: &'static str,
    stopping: CancellationToken,
}

impl Job {
    pub(super) fn new(name: &'static str, stopping: CancellationToken) -> Self {
        Self { name, stopping }
    }

    /// The worker's name, such as `license.relay`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Cancelled when the process begins to stop; every wait selects on it.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Waits for `pause`; false when the process begins to stop.
    pub async fn pause(&self, pause: Duration) -> bool {
        self.stopping.run_until_cancelled(tokio::time::sleep(pause)).await.is_some()
    }

    /// The tenant of a row that a job works on: it was authorized when the row was written.
    #[must_use]
    pub fn tenant(&self, organization: Uuid) -> Tenant {
        Tenant::of_work(organization)
    }
}

/// Runs `work` again and again until it answers `Ok` or the process stops.
pub(super) async fn keep<W, F>(job: Job, work: W)
where
    W: Fn(Job) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let mut pause = FIRST_PAUSE;
    loop {
        let started = Instant::now();
        let ended = AssertUnwindSafe(work(job.clone())).catch_unwind().await;
        match ended {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                tracing::error!(error = %error_chain(&error), "a worker failed")
            }
            Err(_) => tracing::error!("a worker panicked"),
        }
        if started.elapsed() >= WELL {
            pause = FIRST_PAUSE;
        }
        if !job.pause(pause).await {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn error_chain(error: &anyhow::Error) -> String {
    format!("{error:#}")
}
