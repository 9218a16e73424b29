//! One data row: a person, or what is wrong with it.

use super::column::{Column, Field};
use super::email;
use super::fingerprint::Fingerprint;
use super::header::Header;
use super::person::Person;
use super::problem::{Code, Flaw, Problem};
use super::reader::Record;
use super::text;

/// A row that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As a spreadsheet numbers it: header = 1, blank rows counted.
    pub line: u32,
    /// Among the data rows, from 1; blank rows are not counted.
    pub number: u32,
    /// Stands for the address; `None` where the row has no readable one.
    pub fingerprint: Option<Fingerprint>,
    /// What it says, or why not.
    pub content: Content,
}

/// Valid or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Every cell is in order.
    Valid(Person),
    /// At least one is not.
    Failed(Failure),
}

/// A row that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The cells as uploaded, for the error file; the extra columns of an error file left out.
    pub cells: Vec<String>,
    /// At least one, in the order of the template's columns.
    pub problems: Vec<Problem>,
}

impl Row {
    /// Checks a record.
    pub(super) fn check(header: &Header, record: &Record<'_>, number: u32) -> Self {
        let mut person = Person::default();
        let mut problems = Vec::new();
        for (position, column) in &header.columns {
            let cell = header.unguarded(record.cell(*position));
            if let Err(flaw) = put(column, &cell, &mut person) {
                problems.push(flaw.at(record.line, number, column.header));
            }
        }
        if let Some(flaw) = overflow(header, record) {
            problems.push(flaw.at(record.line, number, ""));
        }
        let fingerprint = (!person.email.is_empty()).then(|| Fingerprint::of(&person.email));
        let content = if problems.is_empty() {
            Content::Valid(person)
        } else {
            let cells = header.own_cells(record).map(|(_, cell)| cell.into_owned()).collect();
            Content::Failed(Failure { cells, problems })
        };
        Self { line: record.line, number, fingerprint, content }
    }

    /// The person of a valid row.
    pub fn person(&self) -> Option<&Person> {
        match &self.content {
            Content::Valid(person) => Some(person),
            Content::Failed(_) => None,
        }
    }

    /// The problems of the row; none if it is valid.
    pub fn problems(&self) -> &[Problem] {
        match &self.content {
            Content::Valid(_) => &[],
            Content::Failed(failure) => &failure.problems,
        }
    }
}

fn put(column: &Column, cell: &str, person: &mut Person) -> Result<(), Flaw> {
    match column.field {
        Field::Email => person.email = email::parse(column, cell)?,
        Field::License => person.license = Some(text::boolean(column, cell)?),
        Field::GivenName => person.given_name = Some(text::name(column, cell)?),
        Field::FamilyName => person.family_name = Some(text::name(column, cell)?),
        Field::Title => person.title = text::optional(column, cell)?,
        Field::OfficePhone => person.office_phone = text::phone(column, cell)?,
        Field::MobilePhone => person.mobile_phone = text::phone(column, cell)?,
        Field::Fax => person.fax = text::phone(column, cell)?,
        Field::Language => person.language = text::language(column, cell)?,
    }
    Ok(())
}

/// Trailing blank cells are what spreadsheets write; text there is a shifted row.
fn overflow(header: &Header, record: &Record<'_>) -> Option<Flaw> {
    if record.width() <= header.end {
        return None;
    }
    let mut behind = header.own_cells(record).filter(|(position, _)| *position >= header.end);
    let (_, cell) = behind.find(|(_, cell)| !cell.trim().is_empty())?;
    let message = format!(
        "“{}” stands to the right of the last column. Put quotes around cells that contain the delimiter.",
        text::excerpt(cell.trim())
    );
    Some(Flaw::new(Code::TooManyCells, message))
}
