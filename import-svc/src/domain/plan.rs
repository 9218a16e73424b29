//! What accepting an import would do, row by row (N1).

pub mod accept;
pub mod groups;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::fingerprint::{FieldPrints, Fingerprint};
use super::person::Person;
use super::problem::Code;
use super::row::{Content, Row};
use groups::Group;

/// What the directory and the licences know of a row's address at the time of planning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The stored fields, if the organization has the user.
    pub user: Option<FieldPrints>,
    /// Whether the user holds a seat of the import's product.
    pub holds_seat: bool,
    /// Whether the user is deactivated: such a user is given no seat (D9), and a plan counts none.
    pub is_suspended: bool,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Disposition {
    /// A user is added.
    New,
    /// A user of the organization changes.
    Updated,
    /// A user of the organization is as the row says.
    Unchanged,
    /// The address comes again further down; the last row wins (F8, Q12).
    Superseded {
        /// The winning row, as a spreadsheet numbers it.
        by_line: u32,
    },
    /// The row cannot be imported.
    Error,
}

/// The plan for one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// As a spreadsheet numbers the row.
    pub line: u32,
    /// What becomes of it.
    pub disposition: Disposition,
    /// Whether a seat is newly needed.
    pub needs_seat: bool,
    /// Whether the row says `false` of a seat that the user holds: an import takes none away (B6, B10).
    pub keeps_seat: bool,
}

/// Totals. `rows = new + updated + unchanged + superseded + errors`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All rows.
    pub rows: u32,
    /// Users that will be added.
    pub new: u32,
    /// Users that will change.
    pub updated: u32,
    /// Users that are as the file says.
    pub unchanged: u32,
    /// Rows that a later one replaces.
    pub superseded: u32,
    /// Rows that cannot be imported.
    pub errors: u32,
    /// Seats that accepting newly needs.
    pub seats_required: u32,
    /// Held seats that the file says `false` of.
    pub seats_kept: u32,
}

/// What accepting would do. Two plans of one file are equal if nothing that matters has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// By row number − 1.
    pub fates: Vec<Fate>,
    /// Totals over them.
    pub counts: Counts,
    /// Errors by cause, the most frequent first.
    pub groups: Vec<Group>,
}

/// Builds a plan row by row: 16 bytes of each address are kept, no text.
#[derive(Default)]
pub struct Planner {
    last: HashMap<Fingerprint, usize>,
    fates: Vec<Fate>,
    problems: Vec<(usize, Code, &'static str)>,
}

impl Disposition {
    /// Whether accepting writes or confirms the row.
    pub const fn is_importable(self) -> bool {
        matches!(self, Self::New | Self::Updated | Self::Unchanged)
    }
}

impl Planner {
    /// A planner without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next row in file order and tells its fate, which a later row may still change.
    /// `known` is ignored for failed rows.
    pub fn add(&mut self, row: &Row, known: &Known) -> Fate {
        let index = self.fates.len();
        self.supersede(row, index);
        for problem in row.problems() {
            self.problems.push((index, problem.code, problem.column));
        }
        let fate = match &row.content {
            Content::Valid(person) => Fate::of(row.line, person, known),
            Content::Failed(_) => Fate::error(row.line),
        };
        self.fates.push(fate);
        fate
    }

    /// The plan for the rows taken.
    pub fn finish(self) -> Plan {
        let counts = count(&self.fates);
        let groups = groups::group(&self.problems, &self.fates);
        Plan { fates: self.fates, counts, groups }
    }

    /// A later row wins even if it has an error: the row before it is not the admin's last word,
    /// and importing it could use a seat or send a mail that nobody wants any more.
    fn supersede(&mut self, row: &Row, index: usize) {
        let Some(fingerprint) = row.fingerprint else {
            return;
        };
        let Some(earlier) = self.last.insert(fingerprint, index) else {
            return;
        };
        let fate = &mut self.fates[earlier];
        fate.disposition = Disposition::Superseded { by_line: row.line };
        (fate.needs_seat, fate.keeps_seat) = (false, false);
    }
}

impl Fate {
    /// What becomes of a valid row that no later one replaces.
    pub fn of(line: u32, person: &Person, known: &Known) -> Self {
        let needs_seat = person.license == Some(true) && !known.holds_seat && !known.is_suspended;
        let disposition = match &known.user {
            None => Disposition::New,
            Some(stored) if needs_seat || !stored.covers(&person.prints()) => Disposition::Updated,
            Some(_) => Disposition::Unchanged,
        };
        let keeps_seat = person.license == Some(false) && known.holds_seat;
        Self { line, disposition, needs_seat, keeps_seat }
    }

    const fn error(line: u32) -> Self {
        Self { line, disposition: Disposition::Error, needs_seat: false, keeps_seat: false }
    }
}

impl Counts {
    /// Takes a row in.
    pub fn add(&mut self, fate: &Fate) {
        self.rows += 1;
        self.seats_required += u32::from(fate.needs_seat);
        self.seats_kept += u32::from(fate.keeps_seat);
        *self.of(fate.disposition) += 1;
    }

    /// Takes in the counts of further rows.
    pub fn add_all(&mut self, others: &Self) {
        self.rows += others.rows;
        self.new += others.new;
        self.updated += others.updated;
        self.unchanged += others.unchanged;
        self.superseded += others.superseded;
        self.errors += others.errors;
        self.seats_required += others.seats_required;
        self.seats_kept += others.seats_kept;
    }

    /// A row that was taken in means something else now.
    pub fn replace(&mut self, before: (Disposition, bool), after: (Disposition, bool)) {
        *self.of(before.0) -= 1;
        *self.of(after.0) += 1;
        self.seats_required -= u32::from(before.1);
        self.seats_required += u32::from(after.1);
    }

    /// Whether every row was counted once (I6).
    pub const fn add_up(&self) -> bool {
        self.rows == self.new + self.updated + self.unchanged + self.superseded + self.errors
    }

    /// Rows that accepting writes or confirms.
    pub const fn importable(&self) -> u32 {
        self.new + self.updated + self.unchanged
    }

    const fn of(&mut self, disposition: Disposition) -> &mut u32 {
        match disposition {
            Disposition::New => &mut self.new,
            Disposition::Updated => &mut self.updated,
            Disposition::Unchanged => &mut self.unchanged,
            Disposition::Superseded { .. } => &mut self.superseded,
            Disposition::Error => &mut self.errors,
        }
    }
}

fn count(fates: &[Fate]) -> Counts {
    let mut counts = Counts::default();
    fates.iter().for_each(|fate| counts.add(fate));
    counts
}
