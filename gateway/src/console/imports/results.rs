//! The results: what would happen, before anything is written (F9 to F12, N1, Q8, Q11).

use proto::imports::v1::import::{Counts as Wire, ErrorGroup};
use proto::imports::v1::{Import, ImportKind, RowOutcome};
use proto::license::v1::{GetPoolRequest, Pool};

use super::{kinds, path, rows};
use crate::console::failure::Failure;
use crate::console::input::fresh_id;
use crate::console::paging::Turn;
use crate::console::place::Place;
use crate::console::shapes::count;
use crate::console::view::form::Form;
use crate::console::view::list::{Empty, List, Paging};
use crate::console::view::page::Here;
use crate::console::view::results::{Accept, Cause, Counts, Results, Row, Seats};
use crate::console::view::text::Count;

/// A column that is not imported: told beside the errors, but nothing is refused for it.
const WARNING: &str = "COLUMN_IGNORED";

/// The page; `form` has the refusals of Accept.
pub(super) async fn view(place: &Place, import: &Import, form: Form) -> Result<Results, Failure> {
    let path = path(place, import);
    let counts = import.counts.unwrap_or_default();
    let picked = rows::picked(place);
    let turn = Turn::of(place, &path, &["outcome"]);
    let filter = rows::filter(picked.as_slice());
    let answer = rows::read(place, import, &turn, filter).await?;
    let columns = rows::Columns::of(place, import, &answer.rows).await?;
    let shown: Vec<Row> = answer.rows.iter().map(|row| columns.row(row)).collect();
    let paging = turn.paging_forward(shown.len(), answer.total_size, &answer.next_page_token);
    let seats = seats(place, import).await?;
    let mut page = place.page("Results of the import");
    // Also after a refused Accept, whose own address is no page.
    page.here.clone_from(&path);
    Ok(Results {
        page,
        shell: place.shell(Here::Import),
        form,
        file_name: super::file_name(import),
        read_as: read_as(import),
        counts: shown_counts(&counts),
        causes: import
            .error_groups
            .iter()
            .filter(|group| group.code != WARNING)
            .map(|one| cause(one, &path))
            .collect(),
        warnings: import.error_groups.iter().filter(|group| group.code == WARNING).map(warning).collect(),
        errors_href: if counts.errors > 0 { format!("{path}/errors.csv") } else { String::new() },
        filters: rows::tabs(&path, &counts, picked),
        headers: columns.headers(),
        list: list(shown, paging, &path),
        accept: accept(place, import, &counts, seats.as_ref(), &path),
        seats,
    })
}

fn list(rows: Vec<Row>, paging: Paging, path: &str) -> List<Row> {
    if rows.is_empty() {
        return List::none(Empty::nothing_matches(path));
    }
    List::page(rows, paging)
}

/// "UTF-8, separated by commas, 120 rows".
fn read_as(import: &Import) -> String {
    let delimiter = match import.detected_delimiter.as_str() {
        "," => "separated by commas",
        ";" => "separated by semicolons",
        "\t" => "separated by tabs",
        "|" => "separated by bars",
        _ => "",
    };
    let rows = count(import.counts.unwrap_or_default().rows).of("row", "rows");
    let parts = [import.detected_encoding.as_str(), delimiter, &rows];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

fn shown_counts(counts: &Wire) -> Counts {
    Counts {
        new: count(counts.new),
        updated: count(counts.updated),
        unchanged: count(counts.unchanged),
        superseded: count(counts.superseded),
        errors: count(counts.errors),
    }
}

/// Only the licence kind is about seats.
async fn seats(place: &Place, import: &Import) -> Result<Option<Seats>, Failure> {
    if import.product.is_empty() {
        return Ok(None);
    }
    let name = format!("{}/pools/{}", place.parent(), import.product);
    let pool = place.licenses()?.get_pool(GetPoolRequest { name }).await?.into_inner();
    Ok(Some(needed(import, pool)))
}

/// Counted with what is free now, as Accept will: since the plan was made seats were bought or taken.
fn needed(import: &Import, pool: Pool) -> Seats {
    let (required, free) = (count(import.seats_required), count(pool.free_count));
    let shortfall = Count(required.0.saturating_sub(free.0));
    Seats { product: pool.product_display_name, required, free, shortfall }
}

fn cause(group: &ErrorGroup, path: &str) -> Cause {
    Cause {
        message: group.message.clone(),
        column: group.column.clone(),
        count: count(group.row_count),
        lines: rows::lines(&group.sample_lines, group.row_count),
        href: rows::href(path, Some(RowOutcome::Error)) + "#rows-title",
    }
}

fn warning(group: &ErrorGroup) -> String {
    format!("Column “{}”: {}", group.column, group.message)
}

fn accept(place: &Place, import: &Import, counts: &Wire, seats: Option<&Seats>, path: &str) -> Accept {
    let accepted = if place.may_edit() { counts.new + counts.updated + counts.unchanged } else { 0 };
    Accept {
        action: format!("{path}/accept"),
        cancel_action: format!("{path}/cancel"),
        button: kinds::accept_button(import.kind()).to_owned(),
        accepted: count(accepted),
        rejected: count(counts.errors),
        waits_for_mail: import.kind() == ImportKind::LocationUsers && counts.new > 0,
        mails: seats.map_or(Count(0), |seats| Count(seats.required.0.min(seats.free.0))),
        etag: import.etag.clone(),
        request_id: fresh_id(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f9_how_the_file_was_read_is_told() {
        let import = Import {
            detected_encoding: "windows-1252".into(),
            detected_delimiter: ";".into(),
            counts: Some(Wire { rows: 1_200, ..Wire::default() }),
            ..Import::default()
        };
        assert_eq!(read_as(&import), "windows-1252, separated by semicolons, 1,200 rows");
        assert_eq!(read_as(&Import::default()), "0 rows");
    }

    #[test]
    fn q8_seats_that_were_taken_since_the_plan_are_missing() {
        let import = Import { seats_required: 5, seats_free: 9, ..Import::default() };
        let free = |free_count| needed(&import, Pool { free_count, ..Pool::default() });
        assert_eq!((free(2).free, free(2).shortfall), (Count(2), Count(3)));
        assert_eq!(free(9).shortfall, Count(0));
    }

    #[test]
    fn f10_a_cause_leads_to_its_rows() {
        let group = ErrorGroup {
            code: "EMAIL_INVALID".into(),
            message: "No e-mail address".into(),
            row_count: 3,
            sample_lines: vec![4, 17, 23],
            ..ErrorGroup::default()
        };
        let cause = cause(&group, "/o/1/imports/2");
        assert_eq!(cause.lines, "Lines 4, 17 and 23");
        assert_eq!(cause.href, "/o/1/imports/2?outcome=ERROR#rows-title");
    }
}
