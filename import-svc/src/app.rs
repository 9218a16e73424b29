//! One function per use case: who may, then what happens.

pub mod check;

use std::sync::Arc;

use chrono::TimeDelta;
use platform::clock::Clock;
use platform::db::Db;
use platform::keys::Keys;
use platform::peer::Peers;
use platform::serve::Process;
use platform::tenant::{self, Authorizer};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::domain::limits::Limits;

/// What the use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Our rows.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Seals page tokens.
    pub keys: Keys,
    /// The other services.
    pub peers: Peers,
    /// What callers may do.
    pub authorizer: Arc<dyn Authorizer>,
    /// Bounds on a file.
    pub limits: Limits,
    /// How long a plan waits and a finished import is kept.
    pub keep: TimeDelta,
    /// Imports at work at once, of either kind of work.
    pub workers: u16,
    /// The process begins to stop: watches end.
    pub stopping: CancellationToken,
}

impl App {
    /// The use cases over these rows.
    pub fn new(config: Config, process: &Process, peers: Peers, db: Db) -> anyhow::Result<Self> {
        Ok(Self {
            db,
            clock: process.clock.clone(),
            keys: process.keys.clone(),
            authorizer: tenant::remote(&peers),
            peers,
            limits: config.limits(),
            keep: TimeDelta::from_std(config.keep)?,
            workers: config.workers,
            stopping: process.spawner.stopping().clone(),
        })
    }
}
