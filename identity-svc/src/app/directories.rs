//! Whole directories in memory, each as of its version, which every change of a user raises and every question
//! asks for. A directory that has just changed is asked in the database: one that is asked a second time
//! without a change between is loaded in the background.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platform::db::{self, Db, Scope, Tx};
use platform::serve::Spawner;
use uuid::Uuid;

/// At most this many directories are known.
const DIRECTORIES: usize = 10_000;

/// What can be loaded of a directory.
pub trait Loaded: Send + Sync + Sized + 'static {
    /// Names the task that loads one.
    const TASK: &'static str;
    /// More bytes are not kept, of all directories together.
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
    known: Arc<Mutex<HashMap<Uuid, Known<Kind>>>>,
    /// One directory at a time is loaded: together they could take more than all that are kept.
    loading: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of a directory.
struct Known<Kind> {
    version: i64,
    state: State<Kind>,
}

enum State<Kind> {
    /// Asked for once in this version: perhaps it is changing.
    Seen,
    /// Being loaded, or too large for it.
    Without,
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
        let seen = known.entry(organization).or_insert(Known { version: -1, state: State::Without });
        if seen.version < version {
            *seen = Known { version, state: State::Seen };
            return None;
        }
        match &seen.state {
            State::Kept(directory) if seen.version == version => return Some(directory.clone()),
            State::Seen => seen.state = State::Without,
            State::Kept(_) | State::Without => return None,
        }
        drop(known);
        let (db, scope, known) = (self.db.clone(), scope.clone(), self.known.clone());
        let loading = self.loading.clone();
        self.spawner.task(Kind::TASK, async move {
            let _turn = loading.lock().await;
            match load(&db, scope, organization).await {
                Ok(Some(directory)) => keep(&known, organization, directory),
                // Too large in this version, and hardly smaller in the next.
                Ok(None) => {
                    let known_as = Known { version: i64::MAX, state: State::Without };
                    lock(&known).insert(organization, known_as);
                }
                Err(error) => tracing::warn!(%error, task = Kind::TASK, "a directory was not loaded"),
            }
        });
        None
    }
}

async fn load<Kind: Loaded>(db: &Db, scope: Scope, organization: Uuid) -> db::Result<Option<Kind>> {
    Kind::load(&mut db.of(scope).read().await?, organization).await
}

fn keep<Kind: Loaded>(known: &Mutex<HashMap<Uuid, Known<Kind>>>, organization: Uuid, directory: Kind) {
    let version = directory.version();
    let mut known = lock(known);
    if known.get(&organization).is_some_and(|known| known.version > version) {
        return;
    }
    if known.values().map(Known::bytes).sum::<usize>() + directory.bytes() > Kind::MOST {
        known.clear();
    }
    known.insert(organization, Known { version, state: State::Kept(Arc::new(directory)) });
}

fn lock<Kind>(known: &Mutex<HashMap<Uuid, Known<Kind>>>) -> MutexGuard<'_, HashMap<Uuid, Known<Kind>>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<Kind: Loaded> Known<Kind> {
    fn bytes(&self) -> usize {
        match &self.state {
            State::Kept(directory) => directory.bytes(),
            State::Seen | State::Without => 0,
        }
    }
}
