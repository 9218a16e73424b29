//! A block as it is stored: what its rows say, which never changes, and what becomes of them.

use platform::db::{self, Row};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::domain::import_row::{ImportRow, Remark};
use crate::domain::person::Person;
use crate::domain::plan::{Counts, Disposition, Fate as Planned};

/// What a row says, to be written.
#[derive(Serialize)]
pub(super) struct Saying<'r> {
    /// Of a valid one.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<&'r Person>,
    /// Of a failed one, as uploaded.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    cells: &'r [String],
    /// What is wrong with them.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'r [Remark],
}

/// The same, read.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    person: Option<Person>,
    #[serde(default)]
    cells: Vec<String>,
    #[serde(default)]
    problems: Vec<Remark>,
}

/// What a row means, in the end what was done.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Fate {
    pub(super) line: u32,
    pub(super) outcome: Disposition,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) needs_seat: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) license_enabled: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// What a row means.
pub(super) fn fate(row: &ImportRow) -> Fate {
    Fate {
        line: row.line,
        outcome: row.disposition,
        needs_seat: row.needs_seat,
        user_id: row.user,
        license_enabled: row.license_enabled,
    }
}

/// What a row says.
pub(super) fn saying(row: &ImportRow) -> Saying<'_> {
    Saying { person: row.person.as_ref(), cells: &row.cells, problems: &row.problems }
}

/// How many of the rows mean what.
pub(super) fn counts(fates: &[Fate]) -> Counts {
    let mut counts = Counts::default();
    for fate in fates {
        let (line, disposition, needs_seat) = (fate.line, fate.outcome, fate.needs_seat);
        counts.add(&Planned { line, disposition, needs_seat, keeps_seat: false });
    }
    counts
}

/// The rows of a block, in file order.
pub(super) fn rows(row: &Row) -> db::Result<Vec<ImportRow>> {
    let said: Vec<Said> = json(row, "rows")?;
    let both = fates(row)?.into_iter().zip(said);
    Ok(both
        .map(|(fate, said)| ImportRow {
            line: fate.line,
            person: said.person,
            cells: said.cells,
            problems: said.problems,
            disposition: fate.outcome,
            needs_seat: fate.needs_seat,
            user: fate.user_id,
            license_enabled: fate.license_enabled,
        })
        .collect())
}

/// What becomes of the rows of a block, in file order.
pub(super) fn fates(row: &Row) -> db::Result<Vec<Fate>> {
    json(row, "fates")
}

fn json<T: DeserializeOwned>(row: &Row, column: &str) -> db::Result<T> {
    let text: Vec<u8> = row.get(column)?;
    serde_json::from_slice(&text).map_err(|error| db::Error::broken(column, error))
}
