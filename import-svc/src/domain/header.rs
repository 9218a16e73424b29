//! Which column of the file is which.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::column::{Column, Field};
use super::error_file::EXTRA_HEADERS;
use super::guard;
use super::kind::Profile;
use super::reader::Record;
use super::refusal::{Reason, Refusal};

/// The header of one file, or what stands in for it where the file has none.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    /// The headers as written, the extra columns of an error file left out.
    pub names: Vec<String>,
    /// Cell position of each column that the file has.
    pub columns: Vec<(usize, &'static Column)>,
    /// Headers that mean nothing here: their cells are not imported.
    pub ignored: Vec<Ignored>,
    /// Whether the file is an error file of ours, with guards to take off (N4).
    pub is_error_file: bool,
    /// Cells at this position and behind it have no header.
    pub(super) end: usize,
    /// Positions of an error file's own columns.
    pub(super) extra: std::ops::Range<usize>,
}

/// A column that is not imported: a warning, not an error, because files with more columns than
/// ours are common and the original cells stay in the error file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The header as written.
    pub header: String,
    /// The column that was perhaps meant.
    pub suggestion: Option<&'static str>,
}

/// A header without case, accents, spaces and punctuation, to be compared.
pub(super) fn key(header: &str) -> String {
    let letters = header.nfkd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The cell without what nobody can see; PostgreSQL stores no NUL.
fn readable(cell: &str) -> String {
    let seen: String = cell.chars().filter(|character| !character.is_control()).collect();
    seen.trim().to_owned()
}

impl Header {
    /// Reads the first record that is not blank. `None`: it is no header but the first row.
    ///
    /// # Errors
    /// `COLUMN_MISSING` or `COLUMN_DUPLICATE`.
    pub(super) fn resolve(profile: &'static Profile, record: &Record<'_>) -> Result<Option<Self>, Refusal> {
        let mut names: Vec<String> = record.cells().map(readable).collect();
        if !profile.header_required && is_data(profile, &names) {
            return Ok(None);
        }
        let extra = extra_columns(&names);
        let end_of_names = extra.as_ref().map_or(names.len(), |range| range.start);
        names.truncate(end_of_names);
        if extra.is_some() {
            names.iter_mut().for_each(|name| *name = guard::remove(name).into_owned());
        }
        let columns = positions(profile, &names, record.line)?;
        require(profile, &columns, &names, record.line)?;
        let end = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        Ok(Some(Self {
            ignored: ignored(profile, &names[..end], &columns),
            is_error_file: extra.is_some(),
            extra: extra.unwrap_or(end_of_names..end_of_names),
            names,
            columns,
            end,
        }))
    }

    /// The columns in the template's order, for a file without a header.
    pub(super) fn absent(profile: &'static Profile) -> Self {
        let end = profile.columns.len();
        Self {
            names: profile.columns.iter().map(|column| column.header.to_owned()).collect(),
            columns: profile.columns.iter().enumerate().collect(),
            ignored: Vec::new(),
            is_error_file: false,
            end,
            extra: end..end,
        }
    }

    /// The cell as it was before it went into an error file.
    pub(super) fn unguarded<'a>(&self, cell: &'a str) -> Cow<'a, str> {
        if self.is_error_file { guard::remove(cell) } else { Cow::Borrowed(cell) }
    }

    /// Cells that are the uploader's, by position.
    pub(super) fn own_cells<'a>(&self, record: &Record<'a>) -> impl Iterator<Item = (usize, Cow<'a, str>)> {
        let record = *record;
        let positions = (0..record.width()).filter(|position| !self.extra.contains(position));
        positions.map(move |position| (position, self.unguarded(record.cell(position))))
    }

    /// Whether the file has a column for the field.
    pub fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|(_, column)| column.field == field)
    }
}

/// A header names a column; a first row has an address or one of the allowed values.
fn is_data(profile: &Profile, names: &[String]) -> bool {
    let is_value = |name: &String| {
        let allowed = profile.columns.iter().flat_map(|column| column.allowed_values);
        name.contains('@') || allowed.into_iter().any(|value| value.eq_ignore_ascii_case(name))
    };
    let named = names.iter().any(|name| profile.columns.iter().any(|column| column.is_named(name)));
    !named && names.iter().any(is_value)
}

fn extra_columns(names: &[String]) -> Option<std::ops::Range<usize>> {
    let width = EXTRA_HEADERS.len();
    let at = names.windows(width).rposition(|window| {
        window.iter().zip(EXTRA_HEADERS).all(|(name, extra)| name.eq_ignore_ascii_case(extra))
    })?;
    let nothing_behind = names[at + width..].iter().all(String::is_empty);
    nothing_behind.then_some(at..at + width)
}

fn positions(
    profile: &'static Profile,
    names: &[String],
    line: u32,
) -> Result<Vec<(usize, &'static Column)>, Refusal> {
    let mut columns: Vec<(usize, &'static Column)> = Vec::new();
    for (position, name) in names.iter().enumerate() {
        let Some(column) = profile.columns.iter().find(|column| column.is_named(name)) else {
            continue;
        };
        if let Some((earlier, _)) = columns.iter().find(|(_, taken)| taken.field == column.field) {
            let message = format!(
                "The columns “{}” and “{name}” are both “{}”. Remove one.",
                names[*earlier], column.header
            );
            return Err(Refusal::at(Reason::ColumnDuplicate, line, message));
        }
        columns.push((position, column));
    }
    Ok(columns)
}

fn require(
    profile: &'static Profile,
    columns: &[(usize, &'static Column)],
    names: &[String],
    line: u32,
) -> Result<(), Refusal> {
    let is_there = |field| columns.iter().any(|(_, column)| column.field == field);
    let missing: Vec<&str> = profile
        .columns
        .iter()
        .filter(|column| column.required && !is_there(column.field))
        .map(|column| column.header)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let found: String = names.join(", ").chars().take(200).collect();
    let message = format!("The header has no column “{}”. It reads: {found}", missing.join("”, “"));
    Err(Refusal::at(Reason::ColumnMissing, line, message))
}

fn ignored(
    profile: &'static Profile,
    names: &[String],
    columns: &[(usize, &'static Column)],
) -> Vec<Ignored> {
    let is_known = |position| columns.iter().any(|(taken, _)| *taken == position);
    let unknown =
        names.iter().enumerate().filter(|(position, name)| !is_known(*position) && !name.is_empty());
    unknown.map(|(_, name)| Ignored { header: name.clone(), suggestion: suggest(profile, name) }).collect()
}

fn suggest(profile: &'static Profile, name: &str) -> Option<&'static str> {
    let name = key(name);
    let column = profile.columns.iter().find(|column| {
        let mut names = std::iter::once(&column.header).chain(column.aliases);
        names.any(|known| one_apart(&key(known), &name))
    })?;
    Some(column.header)
}

/// Whether one character inserted, left out, replaced or two swapped makes the two equal.
fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().min(b.len()) < 3 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same_start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[same_start..], &b[same_start..]);
    let same_end = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (left_a, left_b) = (&rest_a[..rest_a.len() - same_end], &rest_b[..rest_b.len() - same_end]);
    match (left_a, left_b) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([first, second], [other_first, other_second]) => first == other_second && second == other_first,
        _ => false,
    }
}
