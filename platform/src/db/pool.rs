//! How connections are used, for figures.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use super::{Db, Engine, Result, Tx};

/// Connections now, and waits since the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    /// Connections that do something.
    pub(crate) used: u64,
    /// Connections that rest.
    pub(crate) idle: u64,
    /// Transactions begun.
    pub(crate) begun: u64,
    /// Transactions that could not begin, for want of a connection or of a server.
    pub(crate) failed: u64,
    /// How long transactions waited for a connection and their beginning, seconds in all.
    pub(crate) waited: f64,
}

impl Db {
    /// How its connections are used.
    pub(crate) fn pool(&self) -> Pool {
        let (open, idle) = match &self.engine {
            Engine::Postgres { shelf, .. } => shelf.size(),
            Engine::Sqlite { writer, readers } => {
                let (writers, readers) = (writer.size(), readers.size());
                (writers.0 + readers.0, writers.1 + readers.1)
            }
        };
        self.waits.pool(open, idle)
    }
}

#[derive(Debug, Default)]
pub(super) struct Waits {
    begun: AtomicU64,
    failed: AtomicU64,
    micros: AtomicU64,
}

impl Waits {
    /// Counts the beginning of a transaction, and how long it took.
    pub(super) async fn timed(&self, begin: impl Future<Output = Result<Tx>>) -> Result<Tx> {
        let asked = Instant::now();
        let begun = begin.await;
        let micros = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Relaxed);
        if begun.is_ok() { &self.begun } else { &self.failed }.fetch_add(1, Relaxed);
        begun
    }

    fn pool(&self, open: u32, idle: usize) -> Pool {
        let (open, idle) = (u64::from(open), idle as u64);
        Pool {
            used: open.saturating_sub(idle),
            idle,
            begun: self.begun.load(Relaxed),
            failed: self.failed.load(Relaxed),
            waited: self.micros.load(Relaxed) as f64 / 1e6,
        }
    }
}
