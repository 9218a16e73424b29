//! Rows of a file, by what they mean or meant.

use std::collections::BTreeMap;

use proto::imports::v1::import::Counts;
use proto::imports::v1::{
    GetImportGuidelinesRequest, Import, ImportRow, ListImportRowsRequest, ListImportRowsResponse, RowOutcome,
};

use crate::console::failure::Failure;
use crate::console::paging::Turn;
use crate::console::place::Place;
use crate::console::shapes;
use crate::console::view::badge::Badge;
use crate::console::view::list::Tab;
use crate::console::view::results::Row;
use crate::console::view::text::Count;

const PREFIX: &str = "ROW_OUTCOME_";

/// The outcome of the address (`?outcome=ERROR`); none for all.
pub(super) fn picked(place: &Place) -> Option<RowOutcome> {
    parse(place.asked("outcome"))
}

fn parse(word: &str) -> Option<RowOutcome> {
    let outcome = RowOutcome::from_str_name(&format!("{PREFIX}{word}"))?;
    (outcome != RowOutcome::Unspecified).then_some(outcome)
}

/// A page of the rows that pass the filter.
pub(super) async fn read(
    place: &Place,
    import: &Import,
    turn: &Turn,
    filter: String,
) -> Result<ListImportRowsResponse, Failure> {
    let request = ListImportRowsRequest {
        parent: import.name.clone(),
        page_size: turn.page_size(),
        page_token: turn.page_token(),
        filter,
    };
    Ok(place.imports()?.list_import_rows(request).await?.into_inner())
}

/// `outcome = ROW_OUTCOME_NEW OR outcome = …`
pub(super) fn filter(outcomes: &[RowOutcome]) -> String {
    let terms: Vec<String> =
        outcomes.iter().map(|outcome| format!("outcome = {}", outcome.as_str_name())).collect();
    terms.join(" OR ")
}

/// All, and each outcome that occurs.
pub(super) fn tabs(path: &str, counts: &Counts, picked: Option<RowOutcome>) -> Vec<Tab> {
    let tab = |outcome: Option<RowOutcome>, label: &str, count: i32| Tab {
        label: label.to_owned(),
        count: Some(shapes::count(count)),
        href: href(path, outcome),
        current: outcome == picked,
    };
    let mut tabs = vec![tab(None, "All", counts.rows)];
    let each = [
        (RowOutcome::Error, "Errors", counts.errors),
        (RowOutcome::New, "New", counts.new),
        (RowOutcome::Updated, "Updated", counts.updated),
        (RowOutcome::Unchanged, "Unchanged", counts.unchanged),
        (RowOutcome::Superseded, "Superseded", counts.superseded),
    ];
    let occurring = each.into_iter().filter(|(outcome, _, count)| *count > 0 || Some(*outcome) == picked);
    tabs.extend(occurring.map(|(outcome, label, count)| tab(Some(outcome), label, count)));
    tabs
}

/// The rows with one outcome, or all.
pub(super) fn href(path: &str, outcome: Option<RowOutcome>) -> String {
    let word = outcome.map_or("", |outcome| outcome.as_str_name().trim_start_matches(PREFIX));
    crate::console::address::with(path, &[("outcome", word)])
}

/// "New", "Superseded".
pub(super) fn badge(row: &ImportRow) -> Badge {
    Badge::row(row.outcome().as_str_name().trim_start_matches(PREFIX))
}

/// The template's columns that occur in these rows, each with the keys under which rows carry it: a row in
/// error is told with its file's own headers, others with the template's.
pub(super) struct Columns(Vec<Column>);

struct Column {
    header: String,
    keys: Vec<String>,
}

impl Columns {
    /// Asks for the rules of the kind.
    pub(super) async fn of(place: &Place, import: &Import, rows: &[ImportRow]) -> Result<Self, Failure> {
        let request = GetImportGuidelinesRequest { kind: import.kind };
        let guidelines = place.imports()?.get_import_guidelines(request).await?.into_inner();
        let known = guidelines.columns.into_iter().map(|column| {
            let keys = std::iter::once(&column.header).chain(&column.aliases).map(|name| key(name)).collect();
            Column { header: column.header, keys }
        });
        let occurs = |column: &Column| rows.iter().any(|row| column.cell(&row.values).is_some());
        Ok(Self(known.filter(occurs).collect()))
    }

    /// Their names.
    pub(super) fn headers(&self) -> Vec<String> {
        self.0.iter().map(|column| column.header.clone()).collect()
    }

    /// A row with one cell for each.
    pub(super) fn row(&self, row: &ImportRow) -> Row {
        let cell = |column: &Column| column.cell(&row.values).cloned().unwrap_or_default();
        let mut problems: Vec<String> = row.problems.iter().map(|problem| problem.message.clone()).collect();
        if row.superseded_by_line > 0 {
            problems.push(format!(
                "Line {} has the same e-mail address and counts.",
                shapes::count(row.superseded_by_line)
            ));
        }
        Row {
            line: shapes::count(row.line),
            cells: self.0.iter().map(cell).collect(),
            outcome: badge(row),
            problems,
        }
    }
}

impl Column {
    fn cell<'a>(&self, values: &'a std::collections::HashMap<String, String>) -> Option<&'a String> {
        let keyed: BTreeMap<String, &String> = values.iter().map(|(name, cell)| (key(name), cell)).collect();
        self.keys.iter().find_map(|name| keyed.get(name).copied())
    }
}

/// Headers are compared without case, spaces and punctuation, as import-svc reads them.
fn key(header: &str) -> String {
    header.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// "Lines 4, 17, 23 and 40 more".
pub(super) fn lines(sample: &[i32], rows: i32) -> String {
    let Some((last, first)) = sample.split_last() else { return String::new() };
    let more = usize::try_from(rows).unwrap_or(0).saturating_sub(sample.len());
    let join = |lines: &[i32]| {
        let texts: Vec<String> = lines.iter().map(|line| shapes::count(*line).to_string()).collect();
        texts.join(", ")
    };
    match (first, more) {
        ([], 0) => format!("Line {}", shapes::count(*last)),
        (first, 0) => format!("Lines {} and {}", join(first), shapes::count(*last)),
        _ => format!("Lines {} and {} more", join(sample), Count(u64::try_from(more).unwrap_or(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f10_lines_of_a_cause_read_like_a_sentence() {
        assert_eq!(lines(&[42], 1), "Line 42");
        assert_eq!(lines(&[4, 17], 2), "Lines 4 and 17");
        assert_eq!(lines(&[4, 17, 1200], 43), "Lines 4, 17, 1,200 and 40 more");
        assert_eq!(lines(&[], 3), "");
    }

    #[test]
    fn f13_outcomes_are_one_filter_and_made_up_ones_are_none() {
        let expected = "outcome = ROW_OUTCOME_NEW OR outcome = ROW_OUTCOME_UPDATED";
        assert_eq!(filter(&[RowOutcome::New, RowOutcome::Updated]), expected);
        assert_eq!(parse("ERROR"), Some(RowOutcome::Error));
        assert_eq!((parse("UNSPECIFIED"), parse("ERROR OR x")), (None, None));
    }

    #[test]
    fn f10_a_row_in_error_shows_its_cells_under_the_templates_headers() {
        let column =
            |header: &str, alias: &str| Column { header: header.into(), keys: vec![key(header), key(alias)] };
        let columns = Columns(vec![column("email", "E-Mail-Adresse"), column("license", "licence")]);
        let values = [("E-MAIL adresse", "ann@"), ("Licence", "yes"), ("Room", "12")];
        let mut row = ImportRow { line: 42, superseded_by_line: 1_200, ..ImportRow::default() };
        row.values = values.into_iter().map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect();
        let shown = columns.row(&row);
        assert_eq!(shown.cells, ["ann@", "yes"]);
        assert_eq!(shown.problems, ["Line 1,200 has the same e-mail address and counts."]);
    }

    #[test]
    fn only_outcomes_that_occur_have_a_tab() {
        let counts = Counts { rows: 3, new: 2, errors: 1, ..Counts::default() };
        let tabs = tabs("/i", &counts, Some(RowOutcome::Error));
        let labels: Vec<&str> = tabs.iter().map(|tab| tab.label.as_str()).collect();
        assert_eq!(labels, ["All", "Errors", "New"]);
        assert_eq!((tabs[1].href.as_str(), tabs[1].current), ("/i?outcome=ERROR", true));
    }
}
