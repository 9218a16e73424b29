//! Searches in memory. A word may stand anywhere in a text, so the texts of all users are looked at: in a
//! database that takes 30 ms for a hundred thousand, here one. They are as of a version of the directory,
//! which every change of a user raises and every search asks for; a directory that has just changed is
//! searched in the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::memmem::Finder;
use platform::db::{self, Db, Scope, Tx};
use platform::serve::Spawner;
use proto::filter::Filter;
use uuid::Uuid;

use crate::domain::text;
use crate::domain::user::Placed;
use crate::store::organizations;
use crate::store::users::list::{Key, Place, Query};
use crate::store::users::sets;
use crate::store::users::texts::{self, Texts};

/// At most this many directories are known.
const DIRECTORIES: usize = 10_000;

/// The directories that were searched lately.
pub struct Searches {
    db: Db,
    spawner: Spawner,
    known: Arc<Mutex<HashMap<Uuid, Known>>>,
    /// One directory at a time is loaded: together they could take more than all that are kept.
    loading: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of a directory.
struct Known {
    version: i64,
    state: State,
}

enum State {
    /// Searched once in this version: perhaps it is changing.
    Seen,
    /// Being loaded, or too large for it.
    Without,
    Kept(Arc<Texts>),
}

/// What a user's text must hold.
enum Test {
    Both(Vec<Test>),
    Either(Vec<Test>),
    Not(Box<Test>),
    Word(Box<Finder<'static>>),
    /// Whatever it holds.
    Always,
}

impl Searches {
    /// Nothing is kept yet.
    #[must_use]
    pub fn new(db: &Db, spawner: &Spawner) -> Self {
        Self { db: db.clone(), spawner: spawner.clone(), known: Arc::default(), loading: Arc::default() }
    }

    /// The first users behind `skip` and the number of all, if they can be found in memory.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn first_page(
        &self,
        tx: &mut Tx,
        scope: &Scope,
        query: &Query,
        (skip, limit): (i64, i64),
    ) -> db::Result<Option<(Vec<Placed>, i64)>> {
        let (Place::Organization(organization), Key::DisplayName) = (&query.place, query.order.key) else {
            return Ok(None);
        };
        let version = organizations::directory_version(tx, *organization).await?;
        let Some(directory) = self.at(*organization, scope, version) else { return Ok(None) };
        let Some(test) = Test::of(&query.filter, directory.organization.as_bytes()) else {
            return Ok(None);
        };
        let mut found = directory.find(&test);
        if query.order.descending {
            found.reverse();
        }
        let page = found.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX));
        let page = page.take(usize::try_from(limit).unwrap_or_default());
        let wanted: Vec<Uuid> = page.map(|at| directory.ids[*at]).collect();
        let rows = sets::find_placed(tx, *organization, &wanted).await?;
        let mut rows: HashMap<Uuid, Placed> = rows.into_iter().map(|row| (row.user.id, row)).collect();
        let users: Vec<Placed> = wanted.iter().filter_map(|id| rows.remove(id)).collect();
        // One of them went away meanwhile.
        let whole = users.len() == wanted.len();
        Ok(whole.then_some((users, i64::try_from(found.len()).unwrap_or(i64::MAX))))
    }

    /// The directory in this version. Loaded in the background once it was searched twice in it.
    fn at(&self, organization: Uuid, scope: &Scope, version: i64) -> Option<Arc<Texts>> {
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
        self.spawner.task("directory_texts", async move {
            let _turn = loading.lock().await;
            match load(&db, scope, organization).await {
                Ok(Some(texts)) => keep(&known, organization, texts),
                // Too large in this version, and hardly smaller in the next.
                Ok(None) => {
                    let known_as = Known { version: i64::MAX, state: State::Without };
                    lock(&known).insert(organization, known_as);
                }
                Err(error) => tracing::warn!(%error, "the texts of a directory were not loaded"),
            }
        });
        None
    }
}

async fn load(db: &Db, scope: Scope, organization: Uuid) -> db::Result<Option<Texts>> {
    texts::load(&mut db.of(scope).read().await?, organization).await
}

fn keep(known: &Mutex<HashMap<Uuid, Known>>, organization: Uuid, mut texts: Texts) {
    texts.text.shrink_to_fit();
    texts.ends.shrink_to_fit();
    texts.ids.shrink_to_fit();
    let mut known = lock(known);
    if known.get(&organization).is_some_and(|known| known.version > texts.version) {
        return;
    }
    if known.values().map(Known::bytes).sum::<usize>() + texts.bytes() > texts::MOST {
        known.clear();
    }
    let version = texts.version;
    known.insert(organization, Known { version, state: State::Kept(Arc::new(texts)) });
}

fn lock(known: &Mutex<HashMap<Uuid, Known>>) -> MutexGuard<'_, HashMap<Uuid, Known>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    fn bytes(&self) -> usize {
        match &self.state {
            State::Kept(directory) => directory.bytes(),
            State::Seen | State::Without => 0,
        }
    }
}

impl Texts {
    /// The places of the users who pass.
    fn find(&self, test: &Test) -> Vec<usize> {
        match test {
            Test::Word(word) => self.with(word),
            Test::Always => (0..self.ids.len()).collect(),
            test => (0..self.ids.len()).filter(|at| test.passes(self.of(*at))).collect(),
        }
    }

    /// All texts in one go, from each that has the word to the next.
    fn with(&self, word: &Finder<'_>) -> Vec<usize> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(place) = self.text.get(from..).and_then(|rest| word.find(rest)) {
            let at = self.ends.partition_point(|end| *end < from + place);
            let Some(end) = self.ends.get(at) else { break };
            found.push(at);
            from = end + 1;
        }
        found
    }

    fn of(&self, at: usize) -> &[u8] {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before] + 1);
        &self.text[begin..self.ends[at]]
    }
}

impl Test {
    /// None for a filter that asks for more than words.
    fn of(filter: &Filter, own: &[u8]) -> Option<Self> {
        let all = |parts: &[Filter]| parts.iter().map(|part| Self::of(part, own)).collect::<Option<Vec<_>>>();
        Some(match filter {
            Filter::All => Self::Always,
            Filter::And(parts) => Self::Both(all(parts)?),
            Filter::Or(parts) => Self::Either(all(parts)?),
            Filter::Not(part) => Self::Not(Box::new(Self::of(part, own)?)),
            // It could be found across two texts.
            Filter::Word(word) if word.contains(char::from(texts::END)) => return None,
            Filter::Word(word) => {
                let word = Finder::new(text::fold(word).as_bytes()).into_owned();
                let everybody = word.needle().is_empty() || word.find(own).is_some();
                if everybody { Self::Always } else { Self::Word(Box::new(word)) }
            }
            Filter::Compare { .. } => return None,
        })
    }

    fn passes(&self, text: &[u8]) -> bool {
        match self {
            Self::Both(parts) => parts.iter().all(|part| part.passes(text)),
            Self::Either(parts) => parts.iter().any(|part| part.passes(text)),
            Self::Not(part) => !part.passes(text),
            Self::Word(word) => word.find(text).is_some(),
            Self::Always => true,
        }
    }
}
