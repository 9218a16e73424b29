//! Work on many users that outlives the page that began it (G11).

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use proto::identity::v1::bulk_run::{Action, State};
use proto::identity::v1::{
    BulkRun, CancelBulkRunRequest, GetBulkRunRequest, WatchBulkRunRequest, WatchBulkRunResponse,
};

use super::failure::Failure;
use super::input::{Sent, fresh_id};
use super::place::Place;
use super::progress::{self, Step};
use super::view::badge::{Badge, Tone};
use super::view::page::{Here, Link};
use super::view::run::{Progress, Run};
use super::view::text::Count;
use super::{html, shapes};
use crate::app::App;

/// `/o/{organization}/runs/{run}`, its progress and its end.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/o/{organization}/runs/{run}", get(show))
        .route("/o/{organization}/runs/{run}/progress", get(watch))
        .route("/o/{organization}/runs/{run}/cancel", post(cancel))
}

async fn show(place: Place) -> html::Answer {
    let request = GetBulkRunRequest { name: name(&place)? };
    let run = place.bulk_runs()?.get_bulk_run(request).await?.into_inner();
    let path = path(&place);
    let running = run.state() == State::Running;
    let view = Run {
        page: place.page(heading(&run)),
        shell: place.shell(Here::Members),
        heading: heading(&run).to_owned(),
        state: badge(&run),
        progress: running.then(|| shown(&step(&run), &path)),
        figures: figures(&run),
        cancel_action: if running { format!("{path}/cancel") } else { String::new() },
        request_id: fresh_id(),
        back: Link::new("Members", format!("{}/members?status=PENDING", place.base())),
    };
    html::page(&view)
}

async fn watch(place: Place) -> Result<Response, Failure> {
    let request = WatchBulkRunRequest { name: name(&place)?, after_sequence: 0 };
    let watch = place.bulk_runs()?.watch_bulk_run(request).await?.into_inner();
    Ok(progress::relay(watch, |told: WatchBulkRunResponse| told.bulk_run.as_ref().map(step)))
}

async fn cancel(place: Place, sent: Sent) -> html::Answer {
    let request = CancelBulkRunRequest { name: name(&place)?, request_id: sent.request_id() };
    place.bulk_runs()?.cancel_bulk_run(request).await?;
    html::go(&path(&place), None)
}

fn name(place: &Place) -> Result<String, Failure> {
    place.name_of("bulkRuns", "run")
}

fn path(place: &Place) -> String {
    format!("{}/runs/{}", place.base(), place.segment("run"))
}

fn heading(run: &BulkRun) -> &'static str {
    match run.action() {
        Action::SendActivationEmails => "Activation emails",
        Action::Unspecified => "Work on many users",
    }
}

fn badge(run: &BulkRun) -> Badge {
    match run.state() {
        State::Running => Badge::new("Running", Tone::Info),
        State::Succeeded => Badge::new("Finished", Tone::Good),
        State::Cancelled => Badge::new("Cancelled", Tone::Calm),
        State::Unspecified => Badge::new("Unknown", Tone::Calm),
    }
}

fn step(run: &BulkRun) -> Step {
    let (done, total) = (shapes::count(run.done_count + run.skipped_count), shapes::count(run.total_count));
    let text = format!("{done} of {}", total.of("member", "members"));
    Step { done, total, text, over: run.state() != State::Running }
}

fn shown(step: &Step, path: &str) -> Progress {
    Progress {
        done: step.done,
        total: step.total,
        text: step.text.clone(),
        events_href: format!("{path}/progress"),
        refresh_href: path.to_owned(),
    }
}

fn figures(run: &BulkRun) -> Vec<(String, Count)> {
    let mut figures = vec![("Mails on their way".to_owned(), shapes::count(run.done_count))];
    let skips = run.skips.iter().map(|skip| (skipped(&skip.reason).to_owned(), shapes::count(skip.count)));
    figures.extend(skips);
    figures
}

/// Why members of a run got no mail, as a label.
fn skipped(reason: &str) -> &'static str {
    match reason {
        "NOT_PENDING" => "Skipped: not Pending",
        "NO_EMAIL" => "Skipped: no e-mail address",
        "SEND_COOLDOWN" => "Skipped: mailed a moment ago",
        _ => "Skipped",
    }
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::bulk_run::Skip;

    use super::*;

    #[test]
    fn g11_a_run_is_over_when_nobody_is_left() {
        let mut run =
            BulkRun { total_count: 1_200, done_count: 900, skipped_count: 100, ..BulkRun::default() };
        run.set_state(State::Running);
        let half = step(&run);
        assert_eq!((half.text.as_str(), half.over), ("1,000 of 1,200 members", false));
        run.set_state(State::Cancelled);
        assert!(step(&run).over);
    }

    #[test]
    fn n9_who_was_skipped_is_told_with_the_reason() {
        let skips = vec![Skip { reason: "SEND_COOLDOWN".into(), count: 3 }];
        let run = BulkRun { done_count: 4, skips, ..BulkRun::default() };
        let expected =
            [("Mails on their way".into(), Count(4)), ("Skipped: mailed a moment ago".into(), Count(3))];
        assert_eq!(figures(&run), expected);
    }
}
