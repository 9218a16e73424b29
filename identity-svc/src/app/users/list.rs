//! Lists of users: of one organization, or of the caller's and every customer under them (D1).

use chrono::{DateTime, Utc};
use platform::caller::{Caller, Principal};
use platform::db::Scope;
use proto::filter::{self, Field, Kind};
use proto::identity::v1::Permission;
use proto::page::{self, Position};
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use crate::app::App;
use crate::app::organizations::list::{reach, rooted, roots};
use crate::domain::user::Placed;
use crate::store::users::list::{self, Key, Order, Place, Query};
use crate::store::users::search;

const MAX_SKIP: i32 = 10_000;

const STATES: &[&str] = &["STATE_PENDING", "STATE_ACTIVE", "STATE_DEACTIVATED"];
const INVITATION_STATES: &[&str] = &[
    "STATE_NOT_SENT",
    "STATE_QUEUED",
    "STATE_DEFERRED",
    "STATE_SENT",
    "STATE_DELIVERED",
    "STATE_BOUNCED",
    "STATE_SUPPRESSED",
    "STATE_EXPIRED",
    "STATE_ACCEPTED",
    "STATE_REVOKED",
];

/// What a list of users can be filtered by.
pub const FIELDS: &[Field] = &[
    Field { name: "state", kind: Kind::Enum(STATES) },
    Field { name: "invitation.state", kind: Kind::Enum(INVITATION_STATES) },
    Field { name: "role", kind: Kind::Enum(&["ROLE_MEMBER", "ROLE_ADMIN", "ROLE_OWNER"]) },
    Field { name: "kind", kind: Kind::Enum(&["KIND_LOGIN", "KIND_LOGINLESS"]) },
    Field { name: "email", kind: Kind::Text },
    Field { name: "create_time", kind: Kind::Time },
];

/// Whose users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// Those of one organization.
    Organization(Uuid),
    /// `organizations/-`
    All,
}

/// A list as it was asked for.
pub struct Request {
    /// Whose users.
    pub parent: Parent,
    /// The same as it was sent.
    pub parent_text: String,
    /// Rows per page.
    pub page_size: i32,
    /// Where to begin.
    pub page_token: String,
    /// AIP-160 subset.
    pub filter: String,
    /// A key, and `desc`.
    pub order_by: String,
    /// Rows to pass over.
    pub skip: i32,
}

/// A page of it.
pub struct Page {
    /// The rows.
    pub users: Vec<Placed>,
    /// Empty at the end.
    pub next_page_token: String,
    /// Over all pages.
    pub total_size: i64,
}

/// A page.
pub async fn list(app: &App, caller: &Caller, request: &Request) -> Result<Page, Refusal> {
    let (now, size) = (app.clock.now(), page::size(request.page_size)?);
    let order = order(&request.order_by)?;
    let filter = filter::parse(&request.filter, FIELDS)?;
    if !(0..=MAX_SKIP).contains(&request.skip) {
        return Err(Refusal::field("skip", format!("must be 0 to {MAX_SKIP}")));
    }
    let (place, scope) = place(app, caller, request.parent).await?;
    let principal = caller.principal().key();
    let bound = page::Query {
        rpc: "UserService/ListUsers",
        parent: &request.parent_text,
        filter: &request.filter,
        order_by: &request.order_by,
        principal: &principal,
    };
    let position = app.page_tokens().open(&request.page_token, &bound, now)?;
    let query = Query { place, filter, order, now };
    let limits =
        list::Page { after: position.as_ref().and_then(after), skip: request.skip.into(), limit: size + 1 };
    let (mut users, total_size) = read(app, scope, &query, &limits, position.as_ref()).await?;
    let mut next_page_token = String::new();
    if i64::try_from(users.len()).unwrap_or(i64::MAX) > size {
        users.pop();
        let last = users.last().map(|row| vec![order.key.of(&row.user), row.user.id.to_string()]);
        let position = Position { last: last.unwrap_or_default(), total_size };
        next_page_token = app.page_tokens().seal(&bound, &position, now)?;
    }
    Ok(Page { users, next_page_token, total_size })
}

/// The total is counted once, for the first page.
async fn read(
    app: &App,
    scope: Scope,
    query: &Query,
    limits: &list::Page,
    position: Option<&Position>,
) -> Result<(Vec<Placed>, i64), Refusal> {
    if let Some(position) = position {
        let mut tx = app.db.of(scope).look().await?;
        return Ok((list::page(&mut tx, query, limits).await?, position.total_size));
    }
    if search::is_search(&query.filter) {
        let mut tx = app.db.of(scope.clone()).look().await?;
        let range = (limits.skip, limits.limit);
        return Ok(match app.searches.first_page(&mut tx, &scope, query, range).await? {
            Some(page) => page,
            None => search::first_page(&mut tx, query, limits.skip, limits.limit).await?,
        });
    }
    let mut tx = app.db.of(scope).read().await?;
    Ok((list::page(&mut tx, query, limits).await?, list::count(&mut tx, query).await?))
}

async fn place(app: &App, caller: &Caller, parent: Parent) -> Result<(Place, Scope), Refusal> {
    if let Parent::Organization(organization) = parent {
        let tenant = app.require(caller, Permission::UsersView, organization).await?;
        return Ok((Place::Organization(tenant.organization()), tenant.into()));
    }
    if *caller.principal() == Principal::Anonymous {
        return Err(Refusal::new(Reason::SessionMissing, "sign in, or send an API key"));
    }
    let rooted = rooted(app, caller).await?;
    Ok((Place::Trees(reach(&rooted, Permission::UsersView)), roots(&rooted)))
}

/// A key, `asc` or `desc`.
fn order(text: &str) -> Result<Order, Refusal> {
    let mut words = text.split_whitespace();
    let key = match words.next() {
        None | Some("display_name") => Key::DisplayName,
        Some("email") => Key::Email,
        Some("create_time") => Key::CreateTime,
        Some(_) => return Err(bad_order()),
    };
    let descending = match words.next() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(bad_order()),
    };
    words.next().is_none().then_some(Order { key, descending }).ok_or_else(bad_order)
}

fn bad_order() -> Refusal {
    let message = "order_by must be display_name, email or create_time, and may end with \" desc\"";
    Refusal::new(Reason::BadOrderBy, message)
}

fn after(position: &Position) -> Option<(String, Uuid)> {
    let [key, id] = position.last.as_slice() else { return None };
    Some((key.clone(), Uuid::try_parse(id).ok()?))
}

/// The users a filter selects in one organization.
pub(super) fn selection(organization: Uuid, filter: &str, now: DateTime<Utc>) -> Result<Query, Refusal> {
    let filter = filter::parse(filter, FIELDS)?;
    let order = Order { key: Key::DisplayName, descending: false };
    Ok(Query { place: Place::Organization(organization), filter, order, now })
}
