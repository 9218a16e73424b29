//! The end of an import: who was imported (F13), or why nobody was.

use proto::imports::v1::import::{Counts, State};
use proto::imports::v1::{Import, ImportKind, ImportRow, RowOutcome};

use super::{badge, file_name, path, rows};
use crate::console::failure::Failure;
use crate::console::paging::Turn;
use crate::console::place::Place;
use crate::console::shapes::{self, count};
use crate::console::view::import::{Done, Person};
use crate::console::view::list::{Empty, List};
use crate::console::view::page::Here;
use crate::console::view::text::Count;

/// Rows that were carried out.
const IMPORTED: [RowOutcome; 3] = [RowOutcome::New, RowOutcome::Updated, RowOutcome::Unchanged];

/// The page of an import that has ended.
pub(super) async fn view(place: &Place, import: &Import) -> Result<Done, Failure> {
    let (path, counts) = (path(place, import), import.counts.unwrap_or_default());
    let pending = import.kind() == ImportKind::LocationUsers && counts.new > 0 && place.may_edit();
    Ok(Done {
        page: place.page("Import"),
        shell: place.shell(Here::Import),
        heading: heading(import, &counts),
        text: text(import),
        state: badge(import),
        file_name: file_name(import),
        figures: figures(import, &counts),
        errors_href: if counts.errors > 0 { format!("{path}/errors.csv") } else { String::new() },
        activation_href: if pending {
            format!("{}/members?status=PENDING", place.base())
        } else {
            String::new()
        },
        again_href: if place.may_edit() { again(place, import) } else { String::new() },
        list: list(place, import, &path).await?,
    })
}

/// The corrected file can be uploaded again (F11).
fn again(place: &Place, import: &Import) -> String {
    format!("{}/imports/new?kind={}", place.base(), super::kinds::word(import.kind()))
}

fn heading(import: &Import, counts: &Counts) -> String {
    let imported = count(counts.new + counts.updated + counts.unchanged);
    match import.state() {
        State::Rejected => "The file was refused".to_owned(),
        State::Cancelled if imported.0 == 0 => "Import cancelled".to_owned(),
        State::Cancelled => format!("Import cancelled after {}", imported.of("user", "users")),
        State::Expired => "Nobody accepted this import".to_owned(),
        _ => format!("{} imported", imported.of("user", "users")),
    }
}

fn text(import: &Import) -> String {
    if let Some(problem) = import.file_problem.as_ref().filter(|problem| !problem.message.is_empty()) {
        let place = if problem.line > 0 { format!("Line {}: ", count(problem.line)) } else { String::new() };
        return format!("{place}{}", problem.message);
    }
    let (without, counts) = (count(import.without_license_count), import.counts.unwrap_or_default());
    match import.state() {
        State::Cancelled if counts.new + counts.updated == 0 => "Nothing was written".to_owned(),
        State::Cancelled => "What was imported before stays".to_owned(),
        State::Expired => "Nothing was written; upload the file again".to_owned(),
        _ if without.0 > 0 => {
            format!(
                "{} imported with the licence off, because no licence was free",
                without.of("user was", "users were")
            )
        }
        _ => String::new(),
    }
}

fn figures(import: &Import, counts: &Counts) -> Vec<(String, Count)> {
    if !matches!(import.state(), State::Succeeded | State::Cancelled) || counts.rows == 0 {
        return Vec::new();
    }
    let mut figures = vec![
        ("New".to_owned(), count(counts.new)),
        ("Updated".to_owned(), count(counts.updated)),
        ("Unchanged".to_owned(), count(counts.unchanged)),
    ];
    let more = [
        ("Superseded", counts.superseded),
        ("Left out", counts.errors),
        ("Without licence", import.without_license_count),
    ];
    figures.extend(more.into_iter().filter(|(_, n)| *n > 0).map(|(label, n)| (label.to_owned(), count(n))));
    figures
}

async fn list(place: &Place, import: &Import, path: &str) -> Result<List<Person>, Failure> {
    if !matches!(import.state(), State::Succeeded | State::Cancelled) {
        return Ok(List::none(nobody()));
    }
    let turn = Turn::of(place, path, &[]);
    let answer = rows::read(place, import, &turn, rows::filter(&IMPORTED)).await?;
    let people: Vec<Person> = answer.rows.iter().filter(|row| !row.user.is_empty()).map(person).collect();
    if people.is_empty() && answer.next_page_token.is_empty() {
        return Ok(List::none(nobody()));
    }
    let paging = turn.paging_forward(people.len(), answer.total_size, &answer.next_page_token);
    Ok(List::page(people, paging))
}

fn nobody() -> Empty {
    Empty::nothing_yet("Nobody was imported", "Nothing was written to the organization.", None)
}

fn person(row: &ImportRow) -> Person {
    let cell = |name: &str| row.values.get(name).map_or("", String::as_str);
    Person {
        href: shapes::user_href(&row.user),
        name: format!("{} {}", cell("first name"), cell("last name")).trim().to_owned(),
        email: cell("email").to_owned(),
        outcome: rows::badge(row),
        line: count(row.line),
    }
}

#[cfg(test)]
mod tests {
    use proto::imports::v1::import::FileProblem;

    use super::*;

    fn ended(state: State, counts: Counts) -> Import {
        let mut import = Import { counts: Some(counts), ..Import::default() };
        import.set_state(state);
        import
    }

    #[test]
    fn f13_the_end_tells_how_many() {
        let counts = Counts { rows: 3, new: 1, errors: 2, ..Counts::default() };
        let import = ended(State::Succeeded, counts);
        assert_eq!(heading(&import, &counts), "1 user imported");
        let labels: Vec<String> = figures(&import, &counts).into_iter().map(|(label, _)| label).collect();
        assert_eq!(labels, ["New", "Updated", "Unchanged", "Left out"]);
    }

    #[test]
    fn b13_a_refused_file_says_why() {
        let message = "This is a spreadsheet (XLSX), not a CSV file.".to_owned();
        let mut import = ended(State::Rejected, Counts::default());
        import.file_problem = Some(FileProblem { message, line: 3, ..FileProblem::default() });
        assert_eq!(text(&import), "Line 3: This is a spreadsheet (XLSX), not a CSV file.");
        assert!(figures(&import, &Counts::default()).is_empty());
    }

    #[test]
    fn f11_a_cancelled_import_says_that_nothing_was_written() {
        let import = ended(State::Cancelled, Counts::default());
        assert_eq!(heading(&import, &Counts::default()), "Import cancelled");
        assert_eq!(text(&import), "Nothing was written");
        let stopped = ended(State::Cancelled, Counts { rows: 9, updated: 4, ..Counts::default() });
        assert_eq!(text(&stopped), "What was imported before stays");
    }

    #[test]
    fn q8_users_without_licence_are_told() {
        let mut import = ended(State::Succeeded, Counts::default());
        import.without_license_count = 5;
        assert!(text(&import).starts_with("5 users were imported with the licence off"));
    }
}
