//! The front door and the list of organizations.

use axum::Router;
use axum::routing::get;
use proto::identity::v1::{ListOrganizationsRequest, ListOrganizationsResponse};

use super::desk::Desk;
use super::failure::Failure;
use super::html;
use super::notice::Notice;
use super::paging::Turn;
use super::place::{self, Place};
use super::setup;
use super::signed::Signed;
use super::view::landing::Landing;
use super::view::list::{Empty, List};
use super::view::organizations::Organizations;
use super::view::page::{self, Link};
use crate::app::App;

/// `/`, `/o` and `/o/{organization}`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(front))
        .route("/organizations", get(async || html::go("/o", None)))
        .route("/o", get(organizations))
        .route("/o/{organization}", get(start))
}

/// The landing page, or the only organization, or the choice.
async fn front(desk: Desk) -> html::Answer {
    if desk.visitor.is_anonymous() {
        return landing(&desk).await;
    }
    let notice = Notice::parse(desk.asked("notice"));
    let signed = match Signed::at(desk.clone()).await {
        Err(Failure::SignIn) => return landing(&desk).await,
        other => other?,
    };
    let answer = list(&signed, &Turn::default(), 2).await?;
    match answer.organizations.as_slice() {
        [only] => html::go(&format!("{}/users", place::base(&only.name)), notice),
        _ => html::go("/o", notice),
    }
}

async fn landing(desk: &Desk) -> html::Answer {
    let mailbox = desk.app.site.development.then(|| Link::new("Development mailbox", "/dev/mailbox"));
    let links = mailbox.into_iter().collect();
    html::page(&Landing {
        page: desk.page("Welcome"),
        is_new: setup::is_complete(desk).await == Some(false),
        links,
    })
}

async fn start(place: Place) -> html::Answer {
    html::go(&format!("{}/users", place.base()), None)
}

async fn organizations(signed: Signed) -> html::Answer {
    let turn = Turn::of(&signed, "/o", &[]);
    let answer = list(&signed, &turn, turn.page_size()).await?;
    let rows: Vec<page::Organization> = answer.organizations.iter().map(place::shown).collect();
    let list = if rows.is_empty() {
        List::none(nothing(&turn))
    } else {
        let paging = turn.paging_forward(rows.len(), answer.total_size, &answer.next_page_token);
        List::page(rows, paging)
    };
    let search = turn.search("Search organizations", "Name or account number");
    html::page(&Organizations { page: signed.page("Organizations"), search, list })
}

fn nothing(turn: &Turn) -> Empty {
    if turn.searches() {
        return Empty::nothing_matches(turn.cleared());
    }
    let text = "Map a purchase to create your first one, or ask an administrator to invite you.";
    let link = Some(Link::new("Map a purchase", "/claim"));
    Empty::nothing_yet("You are in no organization yet", text, link)
}

async fn list(signed: &Signed, turn: &Turn, page_size: i32) -> Result<ListOrganizationsResponse, Failure> {
    let (page_token, filter) = (turn.page_token(), turn.words());
    let request = ListOrganizationsRequest { page_size, page_token, filter };
    Ok(signed.organizations()?.list_organizations(request).await?.into_inner())
}
