//! Background work that is drained when the process stops.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use opentelemetry::Context;
use opentelemetry::trace::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::{Drained, Job, worker};

/// Starts tasks and workers; the only way to work in the background. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Spawner {
    tasks: TaskTracker,
    /// What tasks stand on while they stop, such as connections: ended after them.
    footing: TaskTracker,
    stopping: CancellationToken,
    /// Cancelled when the limit has passed: whatever still runs is dropped at its next await.
    cut: CancellationToken,
    /// Cancelled when all tasks have ended or are cut.
    over: CancellationToken,
}

impl Spawner {
    /// A spawner with nothing running.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A spawner whose workers never start: a command leaves its rows to the server that comes later.
    #[must_use]
    pub fn at_rest() -> Self {
        let spawner = Self::default();
        spawner.stopping.cancel();
        spawner
    }

    /// Runs `future` once, in the trace of whoever starts it. A panic is logged and ends only this task.
    pub fn task<F>(&self, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let cut = self.cut.clone();
        let guarded = async move {
            let caught = AssertUnwindSafe(future).catch_unwind();
            if let Some(Err(_)) = cut.run_until_cancelled(caught).await {
                tracing::error!("a background task panicked");
            }
        };
        let logged = guarded.instrument(tracing::info_span!("task", task.name = name));
        self.tasks.spawn(logged.with_context(Context::current()));
    }

    /// Runs `future` for as long as any task may need it: it does not hear of the stop, nobody waits for
    /// it, and it is dropped when all tasks have ended.
    pub fn footing<F>(&self, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let over = self.over.clone();
        let guarded = async move {
            over.run_until_cancelled(future).await;
        };
        self.footing.spawn(guarded.instrument(tracing::info_span!("footing", task.name = name)));
    }

    /// Runs `work` until it answers `Ok` or the process stops. After an error or a panic it is started
    /// again, after a pause that doubles from 100 ms to 30 s and begins anew once it ran a minute. A
    /// process that stops starts none.
    pub fn worker<W, F>(&self, name: &'static str, work: W)
    where
        W: Fn(Job) -> F + Send + 'static,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        if self.stopping.is_cancelled() {
            return;
        }
        let job = Job::new(name, self.stopping.clone());
        self.task(name, worker::keep(job, work));
    }

    /// Cancelled when the process begins to stop.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Asks all to stop, waits for at most `limit`, then drops what is left.
    pub async fn stop(&self, limit: Duration) -> Drained {
        self.stopping.cancel();
        self.tasks.close();
        self.footing.close();
        let in_time = tokio::time::timeout(limit, self.tasks.wait()).await.is_ok();
        let left = self.tasks.len();
        if !in_time {
            tracing::warn!(tasks.left = left, "background work did not stop in time and is cut");
            self.cut.cancel();
            self.tasks.wait().await;
        }
        self.over.cancel();
        self.footing.wait().await;
        if in_time { Drained::Clean } else { Drained::Cut(left) }
    }
}
