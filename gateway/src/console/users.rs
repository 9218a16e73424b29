//! Organization > Users: the list, its licences, and the form that adds people (B1 to B9, D2, D3).

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get;
use proto::identity::v1::{ListUsersRequest, User};
use proto::license::v1::{BatchGetUserSeatsRequest, ListPoolsRequest};
use tonic::Code;

use super::failure::Failure;
use super::input::fresh_id;
use super::paging::Turn;
use super::place::Place;
use super::view::list::{Empty, List, Tab};
use super::view::page::{Here, Link};
use super::view::pool::Pool;
use super::view::users::{Add, Line, Row, Users};
use super::{html, shapes};
use crate::app::App;

/// Most lines of the form (seams.md, "Adding people with a licence").
pub(super) const LINES_MOST: usize = 200;
/// Most products of one organization that a page shows.
const POOLS_MOST: i32 = 100;

/// `/o/{organization}/users`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/o/{organization}/users", get(show))
}

async fn show(place: Place) -> html::Answer {
    let pools = pools(&place).await?;
    let add = place.may_edit().then(|| add(&pools, ""));
    html::page(&view(&place, pools, add).await?)
}

/// The whole page around the form.
pub(super) async fn view(place: &Place, pools: Vec<Pool>, add: Option<Add>) -> Result<Users, Failure> {
    let turn = Turn::of(place, &format!("{}/users", place.base()), &["sort"]);
    Ok(Users {
        page: place.page("Users"),
        shell: place.shell(Here::Users),
        list: list(place, &turn, &pools).await?,
        pools,
        add,
        search: turn.search("Search users", "Name or e-mail"),
        sorts: sorts(place, &turn),
    })
}

/// The seats of all products; none for somebody who may not see them.
pub(super) async fn pools(place: &Place) -> Result<Vec<Pool>, Failure> {
    let request =
        ListPoolsRequest { parent: place.parent(), page_size: POOLS_MOST, page_token: String::new() };
    let pools = match place.licenses()?.list_pools(request).await {
        Err(status) if status.code() == Code::PermissionDenied => Vec::new(),
        other => other?.into_inner().pools,
    };
    let base = place.base();
    Ok(pools.iter().map(|pool| shapes::pool(pool, &base)).collect())
}

/// The form with one empty line, for a product or else the first one.
pub(super) fn add(pools: &[Pool], product: &str) -> Add {
    let chosen = pools.iter().find(|pool| pool.product == product).or_else(|| pools.first());
    let chosen = chosen.cloned().unwrap_or_default();
    let first = Line { email: String::new(), licensed: chosen.free.0 > 0 };
    Add {
        lines: vec![first],
        product: chosen.product,
        product_name: chosen.name,
        free: chosen.free,
        limit: LINES_MOST,
        request_id: fresh_id(),
        ..Add::default()
    }
}

async fn list(place: &Place, turn: &Turn, pools: &[Pool]) -> Result<List<Row>, Failure> {
    let request = ListUsersRequest {
        parent: place.parent(),
        page_size: turn.page_size(),
        page_token: turn.page_token(),
        filter: turn.words(),
        order_by: order(place.asked("sort")).to_owned(),
        skip: turn.skip(),
    };
    let answer = match place.users()?.list_users(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return Ok(List::none(turn.without_rows(status)?)),
    };
    if answer.users.is_empty() {
        return Ok(List::none(nothing(place, turn)));
    }
    let held = licences(place, &answer.users, pools).await?;
    let rows: Vec<Row> = answer.users.iter().map(|user| row(user, &held)).collect();
    let paging = turn.paging(rows.len(), answer.total_size, &answer.next_page_token);
    Ok(List::page(rows, paging))
}

fn sorts(place: &Place, turn: &Turn) -> Vec<Tab> {
    let now = place.asked("sort");
    let tab = |(label, sort): (&str, &str)| Tab {
        label: label.to_owned(),
        count: None,
        href: turn.kept_with("sort", sort),
        current: now == sort,
    };
    [("Name", ""), ("E-Mail", "email"), ("Newest", "newest")].map(tab).to_vec()
}

/// Only the orders on offer reach the service.
fn order(sort: &str) -> &'static str {
    match sort {
        "email" => "email",
        "newest" => "create_time desc",
        _ => "",
    }
}

fn nothing(place: &Place, turn: &Turn) -> Empty {
    if turn.searches() {
        return Empty::nothing_matches(turn.cleared());
    }
    let import =
        place.may_edit().then(|| Link::new("Import a CSV file", format!("{}/imports/new", place.base())));
    Empty::nothing_yet("No users yet", "Add the first ones above, or import a file.", import)
}

/// Names of the products that each user has on, by user.
async fn licences(
    place: &Place,
    users: &[User],
    pools: &[Pool],
) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    if pools.is_empty() {
        return Ok(BTreeMap::new());
    }
    let users = users.iter().map(|user| user.name.clone()).collect();
    let request = BatchGetUserSeatsRequest { parent: place.parent(), users };
    let answer = place.licenses()?.batch_get_user_seats(request).await?.into_inner();
    let called = |product: &String| {
        let pool = pools.iter().find(|pool| pool.product == *product);
        pool.map_or_else(|| product.clone(), |pool| pool.name.clone())
    };
    let named =
        answer.user_seats.into_iter().map(|one| (one.user, one.products.iter().map(called).collect()));
    Ok(named.collect())
}

fn row(user: &User, held: &BTreeMap<String, Vec<String>>) -> Row {
    Row {
        href: shapes::user_href(&user.name),
        name: shapes::name(user),
        email: user.email.clone(),
        associated_with: shapes::associated_with(user),
        status: shapes::status(user),
        invitation: shapes::invitation(user),
        licenses: held.get(&user.name).cloned().unwrap_or_default(),
    }
}
