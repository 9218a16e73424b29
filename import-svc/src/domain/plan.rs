//! What accepting an import would do, row by row (N1).

pub mod accept;
pub mod groups;

use std::collections::HashMap;

use super::fingerprint::{FieldPrints, Fingerprint};
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
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// The name in the API and in stored rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Updated => "UPDATED",
            Self::Unchanged => "UNCHANGED",
            Self::Superseded { .. } => "SUPERSEDED",
            Self::Error => "ERROR",
        }
    }

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

    /// Takes the next row in file order. `known` is ignored for failed rows.
    pub fn add(&mut self, row: &Row, known: &Known) {
        let index = self.fates.len();
        self.supersede(row, index);
        for problem in row.problems() {
            self.problems.push((index, problem.code, problem.column));
        }
        self.fates.push(fate(row, known));
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

fn fate(row: &Row, known: &Known) -> Fate {
    let Content::Valid(person) = &row.content else {
        let disposition = Disposition::Error;
        return Fate { line: row.line, disposition, needs_seat: false, keeps_seat: false };
    };
    let needs_seat = person.license == Some(true) && !known.holds_seat;
    let disposition = match &known.user {
        None => Disposition::New,
        Some(stored) if needs_seat || !stored.covers(&person.prints()) => Disposition::Updated,
        Some(_) => Disposition::Unchanged,
    };
    Fate {
        line: row.line,
        disposition,
        needs_seat,
        keeps_seat: person.license == Some(false) && known.holds_seat,
    }
}

fn count(fates: &[Fate]) -> Counts {
    let mut counts = Counts::default();
    for fate in fates {
        counts.rows += 1;
        counts.seats_required += u32::from(fate.needs_seat);
        counts.seats_kept += u32::from(fate.keeps_seat);
        match fate.disposition {
            Disposition::New => counts.new += 1,
            Disposition::Updated => counts.updated += 1,
            Disposition::Unchanged => counts.unchanged += 1,
            Disposition::Superseded { .. } => counts.superseded += 1,
            Disposition::Error => counts.errors += 1,
        }
    }
    counts
}
