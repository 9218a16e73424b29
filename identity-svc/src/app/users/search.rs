//! Searches in memory. A word may stand anywhere in a text, so the texts of all users are looked at: in a
//! database that takes 30 ms for a hundred thousand, here one. A directory that has just changed is searched in
//! the database.

use std::collections::HashMap;

use memchr::memmem::Finder;
use platform::db::{self, Scope, Tx};
use proto::filter::Filter;
use uuid::Uuid;

use crate::app::directories::{Directories, Loaded};
use crate::domain::text;
use crate::domain::user::Placed;
use crate::store::organizations;
use crate::store::users::list::{Key, Place, Query};
use crate::store::users::sets;
use crate::store::users::texts::{self, Texts};

/// The directories that were searched lately.
pub type Searches = Directories<Texts>;

impl Loaded for Texts {
    const TASK: &'static str = "directory.texts";
    const MOST: usize = texts::MOST;

    async fn load(tx: &mut Tx, organization: Uuid) -> db::Result<Option<Self>> {
        texts::load(tx, organization).await
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
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
