//! One import, as its state asks for.

use axum::response::Response;
use proto::imports::v1::import::State;
use proto::imports::v1::{GetImportRequest, Import, WatchImportRequest, WatchImportResponse};

use super::{done, name, path, results};
use crate::console::failure::Failure;
use crate::console::input::fresh_id;
use crate::console::place::Place;
use crate::console::progress::{self, Step};
use crate::console::view::form::Form;
use crate::console::view::import::Working;
use crate::console::view::page::Here;
use crate::console::view::run::Progress;
use crate::console::{html, shapes};

/// The page of the step that the import is in.
pub(super) async fn show(place: Place) -> html::Answer {
    let import = read(&place).await?;
    match import.state() {
        State::Uploading | State::Validating | State::Importing => html::page(&working(&place, &import)),
        State::AwaitingAcceptance => html::page(&results::view(&place, &import, Form::default()).await?),
        _ => html::page(&done::view(&place, &import).await?),
    }
}

/// The import of the address.
pub(super) async fn read(place: &Place) -> Result<Import, Failure> {
    let request = GetImportRequest { name: name(place)? };
    Ok(place.imports()?.get_import(request).await?.into_inner())
}

/// Progress, until a person is asked or nothing changes any more.
pub(super) async fn watch(place: Place) -> Result<Response, Failure> {
    let request = WatchImportRequest { name: name(&place)?, after_sequence: 0 };
    let watch = place.imports()?.watch_import(request).await?.into_inner();
    Ok(progress::relay(watch, |told: WatchImportResponse| told.import.as_ref().map(step)))
}

fn working(place: &Place, import: &Import) -> Working {
    let (path, step) = (path(place, import), step(import));
    // A file that is still arriving belongs to whoever sends it.
    let stoppable = place.may_edit() && import.state() != State::Uploading;
    Working {
        page: place.page("Import"),
        shell: place.shell(Here::Import),
        file_name: super::file_name(import),
        importing: import.state() == State::Importing,
        progress: Progress {
            done: step.done,
            total: step.total,
            text: step.text,
            events_href: format!("{path}/progress"),
            refresh_href: path.clone(),
        },
        cancel_action: if stoppable { format!("{path}/cancel") } else { String::new() },
        request_id: fresh_id(),
    }
}

fn step(import: &Import) -> Step {
    let progress = import.progress.unwrap_or_default();
    let (done, total) = (shapes::count(progress.done), shapes::count(progress.total));
    let text = match (import.state(), total.0) {
        (State::Uploading, _) => "The file is arriving".to_owned(),
        (State::Importing, _) => format!("{done} of {} imported", total.of("row", "rows")),
        (_, 0) => format!("{} checked", done.of("row", "rows")),
        _ => format!("{done} of {} checked", total.of("row", "rows")),
    };
    let over = !matches!(import.state(), State::Uploading | State::Validating | State::Importing);
    Step { done, total, text, over }
}

#[cfg(test)]
mod tests {
    use proto::imports::v1::import;

    use super::*;

    fn at(state: State, done: i32, total: i32) -> Step {
        let progress = Some(import::Progress { done, total });
        let mut import = Import { progress, ..Import::default() };
        import.set_state(state);
        step(&import)
    }

    #[test]
    fn f9_progress_says_what_is_being_done() {
        assert_eq!(at(State::Validating, 1_200, 0).text, "1,200 rows checked");
        assert_eq!(at(State::Validating, 1_200, 5_000).text, "1,200 of 5,000 rows checked");
        assert_eq!(at(State::Importing, 1, 1).text, "1 of 1 row imported");
    }

    #[test]
    fn f9_it_ends_when_a_person_is_asked() {
        assert!(!at(State::Validating, 1, 2).over);
        assert!(at(State::AwaitingAcceptance, 2, 2).over);
        assert!(at(State::Rejected, 0, 0).over);
    }
}
