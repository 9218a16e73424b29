//! Apps > Licenses: who holds a seat of a product, and its switch (B8, B10, B11).

mod rows;
mod switch;

use axum::Router;
use axum::routing::{get, post};
use proto::license::v1::{ListPoolsRequest, Pool};

use super::failure::Failure;
use super::paging::Turn;
use super::place::{self, Place};
use super::view::licenses::Licenses;
use super::view::list::{Empty, List, Tab};
use super::view::page::{Flash, Here, Link};
use super::{address, html, shapes};
use crate::app::App;
use rows::Held;

/// Products that a page shows at most.
const PRODUCTS: i32 = 1_000;

/// `/o/{organization}/licenses/{product}` and its switches.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/o/{organization}/licenses", get(first))
        .route("/o/{organization}/licenses/{product}", get(show))
        .route("/o/{organization}/licenses/{product}/seats/{user}", post(switch::turn))
}

/// The first product, or the page that says that nothing was bought yet.
async fn first(place: Place) -> html::Answer {
    let pools = pools(&place).await?;
    if let Some(pool) = pools.first() {
        return html::go(&path(&place, place::last(&pool.name)), None);
    }
    let turn = Turn::of(&place, &format!("{}/licenses", place.base()), &[]);
    let view = Licenses {
        page: place.page("Licenses"),
        shell: place.shell(Here::Licenses),
        products: Vec::new(),
        pool: None,
        search: search(&turn),
        filters: Vec::new(),
        list: List::none(nothing_bought()),
        may_change: false,
    };
    html::page(&view)
}

async fn show(place: Place) -> html::Answer {
    let pools = pools(&place).await?;
    let product = place.segment("product");
    let pool = pools.iter().find(|pool| place::last(&pool.name) == product);
    let pool = pool.ok_or(Failure::Answer(404))?;
    let path = path(&place, product);
    let turn = Turn::of(&place, &path, &["on"]);
    let held = Held::of(place.asked("on"));
    let shown = shapes::pool(pool, &place.base());
    let mut page = place.page("Licenses");
    if let Some(flash) = switch::flash(place.asked("notice"), &shown) {
        page.flash = Some(flash);
    }
    let seats = rows::read(&place, pool, &turn, held).await?;
    let view = Licenses {
        page: with_banner(page, pool),
        shell: place.shell(Here::Licenses),
        products: pools.iter().map(|one| tab(&place, one, product)).collect(),
        pool: Some(shown),
        search: search(&turn),
        filters: filters(&path, &turn.text, held, &seats.totals),
        list: seats.list,
        may_change: place.may_edit(),
    };
    html::page(&view)
}

async fn pools(place: &Place) -> Result<Vec<Pool>, Failure> {
    let request = ListPoolsRequest { parent: place.parent(), page_size: PRODUCTS, page_token: String::new() };
    Ok(place.licenses()?.list_pools(request).await?.into_inner().pools)
}

fn path(place: &Place, product: &str) -> String {
    format!("{}/licenses/{product}", place.base())
}

fn search(turn: &Turn) -> super::view::list::Search {
    turn.search("Search by e-mail address", "E-mail address or name")
}

fn nothing_bought() -> Empty {
    let text = "Licences appear here once a purchase is mapped to this organization.";
    let link = Some(Link::new("Map a purchase", "/claim"));
    Empty { icon: "licenses", ..Empty::nothing_yet("No licences yet", text, link) }
}

/// More held than bought (N19): no switch can be turned on.
fn with_banner(mut page: super::view::page::Page, pool: &Pool) -> super::view::page::Page {
    if pool.state() == proto::license::v1::pool::State::OverAllocated && page.flash.is_none() {
        let text = "More licences are in use than were bought. No further one can be turned on.";
        page.flash = Some(Flash::bad(text));
    }
    page
}

fn tab(place: &Place, pool: &Pool, current: &str) -> Tab {
    let product = place::last(&pool.name);
    Tab {
        label: pool.product_display_name.clone(),
        count: Some(shapes::count(pool.held_count)),
        href: path(place, product),
        current: product == current,
    }
}

/// All, On, Off; the search stays.
fn filters(path: &str, typed: &str, held: Held, totals: &rows::Totals) -> Vec<Tab> {
    let tab = |one: Held, label: &str, count| Tab {
        label: label.to_owned(),
        count,
        href: address::with(path, &[("q", typed), ("on", one.word())]),
        current: held == one,
    };
    vec![tab(Held::Any, "All", totals.all), tab(Held::On, "On", totals.on), tab(Held::Off, "Off", totals.off)]
}
