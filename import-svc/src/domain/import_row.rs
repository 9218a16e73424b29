//! A row as it is remembered once its file has been read.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::Field;
use super::kind::Kind;
use super::person::Person;
use super::plan::Disposition;
use super::problem::{Code, Problem};

/// A row, what it means, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// As a spreadsheet numbers it.
    pub line: u32,
    /// What a valid row says.
    pub person: Option<Person>,
    /// The cells of a failed one.
    pub cells: Vec<String>,
    /// What is wrong with them.
    pub problems: Vec<Remark>,
    /// What it means, in the end what was done.
    pub disposition: Disposition,
    /// Whether a seat is newly needed.
    pub needs_seat: bool,
    /// Set once imported.
    pub user: Option<Uuid>,
    /// Whether it was imported with a new licence.
    pub license_enabled: bool,
}

/// A [`Problem`] as it is stored; the place is the row's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Stable name of the cause.
    pub code: String,
    /// The column's header.
    pub column: String,
    /// For a person.
    pub message: String,
    /// A likely value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl From<&Problem> for Remark {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.as_str().to_owned(),
            column: problem.column.to_owned(),
            message: problem.message.clone(),
            suggestion: problem.suggestion.clone(),
        }
    }
}

impl Remark {
    /// The problem at its place again; `None` for a code that is not known any more.
    pub fn at(&self, kind: Kind, line: u32) -> Option<Problem> {
        let columns = kind.profile().columns;
        let column = columns.iter().find(|column| column.header == self.column);
        Some(Problem {
            line,
            row: 0,
            column: column.map_or("", |column| column.header),
            code: Code::parse(&self.code)?,
            message: self.message.clone(),
            suggestion: self.suggestion.clone(),
        })
    }
}

impl ImportRow {
    /// Header and cell of each cell that says something. A failed row is told as it was uploaded.
    pub fn values(&self, kind: Kind, header: &[String]) -> Vec<(String, String)> {
        let Some(person) = &self.person else {
            let named = header.iter().zip(&self.cells).filter(|(name, _)| !name.is_empty());
            return named.map(|(name, cell)| (name.clone(), cell.clone())).collect();
        };
        let columns = kind.profile().columns.iter();
        columns.filter_map(|column| Some((column.header.to_owned(), value(person, column.field)?))).collect()
    }
}

fn value(person: &Person, field: Field) -> Option<String> {
    match field {
        Field::Email => Some(person.email.clone()),
        Field::License => person.license.map(|on| on.to_string()),
        Field::GivenName => person.given_name.clone(),
        Field::FamilyName => person.family_name.clone(),
        Field::Title => person.title.clone(),
        Field::OfficePhone => person.office_phone.clone(),
        Field::MobilePhone => person.mobile_phone.clone(),
        Field::Fax => person.fax.clone(),
        Field::Language => person.language.clone(),
    }
}
