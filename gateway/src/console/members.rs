//! Organization > Members: by status, with the state of their invitations (G3, G10, G11, G20).

mod activation;
mod create;
mod rows;
mod selection;

use axum::Router;
use axum::routing::{get, post};
use futures::future::try_join_all;
use proto::identity::v1::{ListUsersRequest, ListUsersResponse, user};

use super::failure::Failure;
use super::paging::Turn;
use super::place::Place;
use super::view::list::{Empty, List, Tab};
use super::view::members::Members;
use super::view::page::{Here, Link};
use super::view::roles::Roles;
use super::view::text::Count;
use super::{html, shapes};
use crate::app::App;
use selection::Selection;

/// The list, the form, the mails and the reference of roles (G2).
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/o/{organization}/members", get(show))
        .route("/o/{organization}/members/new", get(create::ask).post(create::create))
        .route("/o/{organization}/members/activation", get(activation::back).post(activation::ask))
        .route("/o/{organization}/members/activation/send", post(activation::send))
        .route("/o/{organization}/roles", get(roles))
}

/// The tabs, in their order.
const STATUSES: [Option<user::State>; 4] =
    [None, Some(user::State::Pending), Some(user::State::Active), Some(user::State::Deactivated)];

async fn show(place: Place) -> html::Answer {
    let path = format!("{}/members", place.base());
    let turn = Turn::of(&place, &path, &["status", "invitation"]);
    let selection = Selection::of(place.asked("status"), place.asked("invitation"), &turn.text);
    let request = ListUsersRequest {
        parent: place.parent(),
        page_size: turn.page_size(),
        page_token: turn.page_token(),
        filter: selection.filter(),
        order_by: String::new(),
        skip: turn.skip(),
    };
    let (list, matching, tabs) = match list(&place, request).await {
        Ok(answer) => (
            page(&place, &turn, &selection, &answer),
            shapes::count(answer.total_size),
            tabs(&place, &path, &selection).await?,
        ),
        Err(Failure::Refused(status)) => (List::none(turn.without_rows(status)?), Count(0), Vec::new()),
        Err(other) => return Err(other),
    };
    let view = Members {
        page: place.page("Members"),
        shell: place.shell(Here::Members),
        tabs,
        states: selection.states(&path),
        search: turn.search("Search members", "Name or e-mail"),
        list,
        may_create: place.may_edit(),
        may_send: place.may_edit(),
        matching,
        keep: selection.hidden(),
    };
    html::page(&view)
}

async fn list(place: &Place, request: ListUsersRequest) -> Result<ListUsersResponse, Failure> {
    Ok(place.users()?.list_users(request).await?.into_inner())
}

fn page(place: &Place, turn: &Turn, selection: &Selection, answer: &ListUsersResponse) -> List<rows::Row> {
    if answer.users.is_empty() {
        return List::none(nothing(place, turn, selection));
    }
    let now = place.app.clock.now();
    let rows: Vec<rows::Row> = answer.users.iter().map(|user| rows::row(user, now)).collect();
    let paging = turn.paging(rows.len(), answer.total_size, &answer.next_page_token);
    List::page(rows, paging)
}

fn nothing(place: &Place, turn: &Turn, selection: &Selection) -> Empty {
    let base = place.base();
    if turn.searches() || selection.is_narrowed() {
        return Empty::nothing_matches(format!("{base}/members"));
    }
    let create = place.may_edit().then(|| Link::new("Create", format!("{base}/members/new")));
    Empty::nothing_yet("No members yet", "Create the first one, or import a file.", create)
}

/// How many members each status has among those that the search finds (G20).
async fn tabs(place: &Place, path: &str, selection: &Selection) -> Result<Vec<Tab>, Failure> {
    let counted = STATUSES.map(|status| {
        let filter = selection.with_status(status).filter();
        let request =
            ListUsersRequest { parent: place.parent(), page_size: 1, filter, ..ListUsersRequest::default() };
        list(place, request)
    });
    let answers = try_join_all(counted).await?;
    let tab = |(status, answer): (Option<user::State>, ListUsersResponse)| {
        selection.tab(path, status, shapes::count(answer.total_size))
    };
    Ok(STATUSES.into_iter().zip(answers).map(tab).collect())
}

async fn roles(place: Place) -> html::Answer {
    let view = Roles {
        page: place.page("Role types and their differences"),
        shell: place.shell(Here::Members),
        // The contract does not show the organization's setting; this is its default (Q1).
        admins_may_invite_admins: true,
    };
    html::page(&view)
}
