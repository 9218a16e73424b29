//! Import: upload, results, acceptance, and the list of what was imported (F4 to F13, B12 to B16).

mod accept;
mod chunks;
mod done;
mod files;
mod kinds;
mod new;
mod results;
mod rows;
mod show;
mod upload;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use proto::imports::v1::{Import, ListImportsRequest};

use super::failure::Failure;
use super::paging::Turn;
use super::place::{self, Place};
use super::view::badge::Badge;
use super::view::imports::{Imports, Row};
use super::view::list::{Empty, List, Paging};
use super::view::page::{Here, Link};
use super::view::text::When;
use super::{html, shapes};
use crate::app::App;

/// `/o/{organization}/imports` and below.
pub(super) fn routes() -> Router<App> {
    // The upload counts its own bytes, so that too many of them are told on its page.
    let upload = post(upload::upload).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/o/{organization}/imports", get(list).merge(upload))
        .route("/o/{organization}/imports/new", get(new::ask))
        .route("/o/{organization}/imports/templates/{file}", get(files::template))
        .route("/o/{organization}/imports/{import}", get(show::show))
        .route("/o/{organization}/imports/{import}/progress", get(show::watch))
        .route("/o/{organization}/imports/{import}/errors.csv", get(files::errors))
        .route("/o/{organization}/imports/{import}/accept", get(accept::back).post(accept::accept))
        .route("/o/{organization}/imports/{import}/cancel", get(accept::back).post(accept::cancel))
}

async fn list(place: Place) -> html::Answer {
    let turn = Turn::of(&place, &format!("{}/imports", place.base()), &[]);
    let request = ListImportsRequest {
        parent: place.parent(),
        page_size: turn.page_size(),
        page_token: turn.page_token(),
    };
    let list = match place.imports()?.list_imports(request).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            page(&place, &turn, &answer.imports, &answer.next_page_token)
        }
        Err(status) => List::none(turn.without_rows(status)?),
    };
    let may_import = place.may_edit();
    let view = Imports { page: place.page("Import"), shell: place.shell(Here::Import), may_import, list };
    html::page(&view)
}

fn page(place: &Place, turn: &Turn, imports: &[Import], next_page_token: &str) -> List<Row> {
    if imports.is_empty() {
        let new = place.may_edit().then(|| Link::new("New import", format!("{}/imports/new", place.base())));
        let empty = Empty::nothing_yet("No imports yet", "Bring people in from a CSV file.", new);
        return List::none(Empty { icon: "import", ..empty });
    }
    let paging = turn.paging_forward(imports.len(), 0, next_page_token);
    // The service does not count them.
    let total = if paging.next.is_some() { 0 } else { paging.last };
    List::page(imports.iter().map(|import| row(place, import)).collect(), Paging { total, ..paging })
}

fn row(place: &Place, import: &Import) -> Row {
    let counts = import.counts.unwrap_or_default();
    Row {
        href: path(place, import),
        file_name: file_name(import),
        kind: kinds::label(import.kind()).to_owned(),
        state: badge(import),
        rows: shapes::count(counts.rows),
        errors: shapes::count(counts.errors),
        by: by(import, &place.session.name).to_owned(),
        at: shapes::when(import.create_time.as_ref()).unwrap_or(When(place.app.clock.now())),
    }
}

/// `/o/{organization}/imports/{import}`.
fn path(place: &Place, import: &Import) -> String {
    format!("{}/imports/{}", place.base(), place::last(&import.name))
}

/// The import of the address, as a name.
fn name(place: &Place) -> Result<String, Failure> {
    place.name_of("imports", "import")
}

fn file_name(import: &Import) -> String {
    if import.file_name.is_empty() { "CSV file".to_owned() } else { import.file_name.clone() }
}

fn badge(import: &Import) -> Badge {
    Badge::import(import.state().as_str_name().trim_start_matches("STATE_"))
}

/// Who uploaded it. The contract names an account, which is nobody's name but the reader's own.
fn by(import: &Import, session: &str) -> &'static str {
    let own = session.split("/sessions/").next().unwrap_or_default();
    match import.created_by.as_str() {
        "" => "",
        account if account == own => "You",
        client if client.starts_with("clients/") => "API client",
        _ => "Another administrator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_uploaded_is_told_as_far_as_it_is_known() {
        let of = |created_by: &str| {
            let import = Import { created_by: created_by.into(), ..Import::default() };
            by(&import, "accounts/1/sessions/2")
        };
        assert_eq!(of("accounts/1"), "You");
        assert_eq!(of("accounts/12"), "Another administrator");
        assert_eq!(of("clients/1"), "API client");
        assert_eq!(of(""), "");
    }
}
