//! Where a run takes place: programs, servers, and the worlds that lines share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tokio::sync::Mutex;

use super::world::World;
use crate::cli;

/// Which database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A run.
pub struct Lab {
    pub roster: PathBuf,
    pub postgres: String,
    pub envoy: Option<PathBuf>,
    pub gateway: Option<PathBuf>,
    pub rounds: usize,
    folder: TempDir,
    folders: AtomicUsize,
    worlds: Mutex<HashMap<(Engine, usize), Arc<World>>>,
}

impl Engine {
    /// What is put behind a line's name.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Sqlite => "_sqlite",
            Self::Postgres => "",
        }
    }
}

impl Lab {
    pub fn new(site: &cli::Site, rounds: usize) -> anyhow::Result<Self> {
        Ok(Self {
            roster: site.roster.clone(),
            postgres: site.postgres.trim_end_matches('/').to_owned(),
            envoy: None,
            gateway: None,
            rounds,
            folder: tempfile::tempdir()?,
            folders: AtomicUsize::new(0),
            worlds: Mutex::default(),
        })
    }

    /// A number that no other installation of this run has.
    pub fn number(&self) -> usize {
        self.folders.fetch_add(1, Ordering::Relaxed)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// An organization of `users` people, made once a run by importing them. One line at a time may run
    /// it, and none may change who is there: who adds people makes a [`World`] of its own.
    pub async fn world(&self, engine: Engine, users: usize) -> anyhow::Result<Arc<World>> {
        let mut worlds = self.worlds.lock().await;
        if let Some(world) = worlds.get(&(engine, users)) {
            return Ok(world.clone());
        }
        let world = Arc::new(World::make(self, engine, users).await?);
        worlds.insert((engine, users), world.clone());
        Ok(world)
    }
}
