//! Whole directories in memory, each as of its version, which every change of a user raises and every question
//! asks for. A directory that has just changed is asked in the database: one that is asked again a tenth of a
//! second later without a change between is loaded in the background.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use platform::db::{self, Db, Scope, Tx};
use platform::serve::Spawner;
use uuid::Uuid;

/// At most this many directories are known.
const DIRECTORIES: usize = 10_000;
/// A directory that is changing all the time, as during an import, is not loaded for each version.
const STILL: Duration = Duration::from_millis(100);

/// What can be loaded of a directory.
pub trait Loaded: Send + Sync + Sized + 'static {
    /// Names the task that loads one.
    const TASK: &'static str;
    /// More bytes are not loaded of a directory. All that are kept take at most half more.
    const MOST: usize;

    /// Of one snapshot; none when it would take more than [`MOST`](Self::MOST).
    fn load(tx: &mut Tx, organization: Uuid) -> impl Future<Output = db::Result<Option<Self>>> + Send;

    /// The directory's version.
    fn version(&self) -> i64;

    /// How much memory it takes.
    fn bytes(&self) -> usize;
}

/// The directories that were asked for lately.
pub struct Directories<Kind> {
    db: Db,
    spawner: Spawner,
    known: Arc<All<Kind>>,
    /// One directory at a time is loaded: together they could take more than all that are kept.
    loading: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of a directory.
struct Known<Kind> {
    version: i64,
    state: State<Kind>,
}

enum State<Kind> {
    /// Asked for since then in this version: perhaps it is changing.
    Seen(Instant),
    /// Being loaded.
    Loading,
    /// In this version and all that follow.
    TooLarge,
    Kept(Arc<Kind>),
}

impl<Kind: Loaded> Directories<Kind> {
    /// Nothing is kept yet.
    #[must_use]
    pub fn new(db: &Db, spawner: &Spawner) -> Self {
        Self { db: db.clone(), spawner: spawner.clone(), known: Arc::default(), loading: Arc::default() }
    }

    /// The directory in this version, if it is kept.
    pub fn at(&self, organization: Uuid, scope: &Scope, version: i64) -> Option<Arc<Kind>> {
        let mut known = lock(&self.known);
        if known.len() >= DIRECTORIES {
            known.clear();
        }
        let fresh = || Known { version, state: State::Seen(Instant::now()) };
        let seen = known.entry(organization).or_insert_with(fresh);
        match &seen.state {
            State::TooLarge => return None,
            // Also one that went back: a copy of the database was put in its place.
            _ if seen.version != version => {
                *seen = fresh();
                return None;
            }
            State::Kept(directory) => return Some(directory.clone()),
            State::Seen(since) if since.elapsed() >= STILL => seen.state = State::Loading,
            State::Seen(_) | State::Loading => return None,
        }
        drop(known);
        let (db, scope, known) = (self.db.clone(), scope.clone(), self.known.clone());
        let loading = self.loading.clone();
        self.spawner.task(Kind::TASK, async move {
            let _turn = loading.lock().await;
            // It may have changed while others were loaded.
            if lock(&known).get(&organization).is_some_and(|known| known.version == version) {
                load(&db, scope, &known, (organization, version)).await;
            }
        });
        None
    }
}

type All<Kind> = Mutex<HashMap<Uuid, Known<Kind>>>;

async fn load<Kind: Loaded>(db: &Db, scope: Scope, known: &All<Kind>, (organization, version): (Uuid, i64)) {
    make_room(known);
    let loaded = match db.of(scope).read().await {
        Ok(mut tx) => Kind::load(&mut tx, organization).await,
        Err(error) => Err(error),
    };
    let mut known = lock(known);
    let Some(entry) = known.get_mut(&organization).filter(|known| known.version == version) else { return };
    match loaded {
        Ok(Some(directory)) => {
            *entry = Known { version: directory.version(), state: State::Kept(Arc::new(directory)) };
        }
        Ok(None) => entry.state = State::TooLarge,
        Err(error) => {
            tracing::warn!(%error, task = Kind::TASK, "a directory was not loaded");
            entry.state = State::Seen(Instant::now());
        }
    }
}

/// What is kept beside the one that is loaded is at most half of the most.
fn make_room<Kind: Loaded>(known: &All<Kind>) {
    let mut known = lock(known);
    if known.values().map(Known::bytes).sum::<usize>() > Kind::MOST / 2 {
        known.retain(|_, known| !matches!(known.state, State::Kept(_)));
    }
}

fn lock<Kind>(known: &All<Kind>) -> MutexGuard<'_, HashMap<Uuid, Known<Kind>>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<Kind: Loaded> Known<Kind> {
    fn bytes(&self) -> usize {
        match &self.state {
            State::Kept(directory) => directory.bytes(),
            State::Seen(_) | State::Loading | State::TooLarge => 0,
        }
    }
}
