//! One block of rows: its users, then its seats.

use std::collections::HashSet;

use proto::identity::v1::upsert_users_response::Outcome;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::directory::Written;
use crate::app::halt::Halt;
use crate::app::lookup::Lookup;
use crate::app::owner;
use crate::domain::import::Import;
use crate::domain::import_row::ImportRow;
use crate::domain::person::Person;
use crate::domain::plan::Disposition;
use crate::store::import_blocks::write::Change;

/// A block whose users are written.
pub struct Block {
    last: u32,
    rows: Vec<ImportRow>,
    /// Of each row.
    users: Vec<Written>,
    /// The directory's version, if writing them raised it.
    wrote: Option<i64>,
}

/// What was done of a block, to be written down.
pub struct Settled {
    /// The block's last line.
    pub last: u32,
    /// Its rows that were imported.
    pub done: Vec<Change>,
    /// The directory's version, if writing the users raised it.
    pub wrote: Option<i64>,
}

impl Block {
    /// Writes the users of the rows up to the line `last`.
    pub async fn write(
        lookup: &Lookup,
        import: &Import,
        last: u32,
        rows: Vec<ImportRow>,
    ) -> Result<Self, Halt> {
        let people: Vec<&Person> = rows.iter().filter_map(|row| row.person.as_ref()).collect();
        if people.len() != rows.len() {
            tracing::error!(import.id = %import.id, "a row that can be imported holds no person");
            return Err(Halt::Never(Refusal::internal()));
        }
        let (users, version) = lookup.directory.write(&people, request_id(import, &rows, "users")).await?;
        let wrote = users.iter().any(|user| user.is_write()).then_some(version);
        Ok(Self { last, rows, users, wrote })
    }

    /// The block's last line.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// Gives seats to those rows that were promised one, but for users who are switched off.
    pub async fn seat(&self, lookup: &Lookup, import: &Import) -> Result<Settled, Halt> {
        let wanted = self.wanted(import);
        let Some(seats) = lookup.seats.as_ref().filter(|_| !wanted.is_empty()) else {
            return Ok(self.without_seats());
        };
        let mut seated =
            seats.assign(owner(import), &wanted, request_id(import, &self.rows, "seats")).await?;
        let others: Vec<Uuid> = wanted.into_iter().filter(|user| !seated.contains(user)).collect();
        if !others.is_empty() {
            // Somebody else has given them one meanwhile, or they were switched off a moment ago.
            seated.extend(seats.find(others).await?.holders);
        }
        Ok(self.settled(&seated))
    }

    fn wanted(&self, import: &Import) -> Vec<Uuid> {
        let is_promised = |row: &ImportRow| row.needs_seat && row.line <= import.last_seated_line;
        let pairs = self.rows.iter().zip(&self.users);
        let wanted = pairs.filter(|(row, user)| is_promised(row) && !user.is_deactivated);
        wanted.map(|(_, user)| user.user).collect()
    }

    /// Nobody gets a seat.
    pub fn without_seats(&self) -> Settled {
        self.settled(&HashSet::new())
    }

    fn settled(&self, seated: &HashSet<Uuid>) -> Settled {
        let pairs = self.rows.iter().zip(&self.users);
        let done = pairs.map(|(row, user)| done(row, *user, seated.contains(&user.user)));
        Settled { last: self.last, done: done.collect(), wrote: self.wrote }
    }
}

/// The same after a crash.
fn request_id(import: &Import, rows: &[ImportRow], step: &str) -> String {
    let first = rows.first().map_or(0, |row| row.line);
    format!("{}/{first}/{step}", import.id)
}

fn done(row: &ImportRow, written: Written, seated: bool) -> Change {
    let disposition = match written.outcome {
        Outcome::Created => Disposition::New,
        Outcome::Unchanged if !seated => Disposition::Unchanged,
        Outcome::Unchanged | Outcome::Updated | Outcome::Unspecified => Disposition::Updated,
    };
    let (line, needs_seat, user) = (row.line, row.needs_seat, Some(written.user));
    Change { line, disposition, needs_seat, user, license_enabled: seated }
}
