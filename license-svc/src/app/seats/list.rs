//! The licence list of a product: one row for every user, licensed or not (B1, B10, B11).

use platform::caller::Caller;
use platform::tenant::Tenant;
use proto::filter::{self, Field, Filter, Kind, Operator, Value};
use proto::identity::v1::{ListUsersRequest, Permission, User};
use proto::license::v1::{ListSeatsResponse, Seat};
use proto::name;
use proto::page::{Position, Query};
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::seat;
use crate::app::directory::Directory;
use crate::app::{App, Error, pools};
use crate::store;

const FIELDS: &[Field] = &[Field { name: "held", kind: Kind::Bool }];

/// Which rows.
pub struct List {
    /// Of which product.
    pub parent: name::Pool,
    /// At most.
    pub page_size: i64,
    /// Of the page before.
    pub page_token: String,
    /// `held = true`, `held = false`, words.
    pub filter: String,
    /// As ListUsers.
    pub order_by: String,
    /// Rows to pass over, at most 10,000.
    pub skip: i32,
}

/// What the filter asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    held: Option<bool>,
    /// For identity's search, each in quotes.
    words: Vec<String>,
}

/// A page. Search, order and token are identity's, and the seats are laid over its page; only the
/// holders without a search are paged here, and their users fetched by id.
pub async fn list(app: &App, caller: &Caller, list: List) -> Result<ListSeatsResponse, Error> {
    let tenant = app.require(caller, Permission::LicensesView, list.parent.organization).await?;
    let wanted = wanted(filter::parse(&list.filter, FIELDS)?)?;
    if !(0..=10_000).contains(&list.skip) {
        return Err(Refusal::field("skip", "must be from 0 to 10000").into());
    }
    let directory = Directory(app.peers.relay("identity", caller)?);
    if wanted.held == Some(true) && wanted.words.is_empty() && list.order_by.is_empty() {
        return holders(app, caller, tenant, &list, &directory).await;
    }
    users(app, tenant, &list, &wanted, &directory).await
}

/// A page of users, with their seats; with `held` only those that match, so the page may be short.
async fn users(
    app: &App,
    tenant: Tenant,
    list: &List,
    wanted: &Wanted,
    directory: &Directory,
) -> Result<ListSeatsResponse, Error> {
    let request = ListUsersRequest {
        parent: name::Organization { organization: tenant.organization() }.to_string(),
        page_size: i32::try_from(list.page_size).unwrap_or(i32::MAX),
        page_token: list.page_token.clone(),
        filter: wanted.words.join(" "),
        order_by: list.order_by.clone(),
        skip: list.skip,
    };
    let page = directory.list(request).await?;
    let ids = page.users.iter().map(user_id).collect::<Result<Vec<Uuid>, Refusal>>()?;
    let mut tx = app.db.of(tenant).read().await?;
    let pool = store::pools::find(&mut tx, tenant, &list.parent.product).await?;
    pools::known(app, pool.as_ref(), &list.parent.product, &list.parent.to_string())?;
    let held_by = store::seats::holders(&mut tx, tenant, &list.parent.product, &ids).await?;
    let rows = page.users.into_iter().zip(ids);
    let rows = rows.filter(|(_, id)| wanted.held.is_none_or(|held| held == held_by.contains_key(id)));
    let seats: Vec<Seat> =
        rows.map(|(user, id)| seat(&seat_name(&list.parent, id), held_by.get(&id).copied(), user)).collect();
    let held = pool.map_or(0, |pool| i32::try_from(pool.held).unwrap_or(i32::MAX));
    let total_size = match wanted.held {
        None => page.total_size,
        Some(false) if wanted.words.is_empty() => (page.total_size - held).max(0),
        // Nobody counts a search over two databases.
        Some(_) => 0,
    };
    Ok(ListSeatsResponse { seats, next_page_token: page.next_page_token, total_size })
}

/// A page of holders in the order in which the users were made.
async fn holders(
    app: &App,
    caller: &Caller,
    tenant: Tenant,
    list: &List,
    directory: &Directory,
) -> Result<ListSeatsResponse, Error> {
    let (parent, principal, now) = (list.parent.to_string(), caller.principal().key(), app.clock.now());
    let query =
        Query { rpc: "ListSeats", parent: &parent, filter: "held", order_by: "", principal: &principal };
    let position = app.keys.page_tokens().open(&list.page_token, &query, now)?;
    let mut tx = app.db.of(tenant).read().await?;
    let (after, total_size) = match position {
        Some(position) => (last_user(&position)?, position.total_size),
        None => {
            let pool = store::pools::find(&mut tx, tenant, &list.parent.product).await?;
            pools::known(app, pool.as_ref(), &list.parent.product, &parent)?;
            (Uuid::nil(), pool.map_or(0, |pool| pool.held))
        }
    };
    let (product, skip) = (&list.parent.product, i64::from(list.skip));
    let mut found = store::seats::page(&mut tx, tenant, product, after, skip, list.page_size + 1).await?;
    drop(tx);
    let mut next_page_token = String::new();
    if found.len() as i64 > list.page_size {
        found.pop();
        let last = found.last().map(|(user, _)| user.to_string()).into_iter().collect();
        next_page_token = app.keys.page_tokens().seal(&query, &Position { last, total_size }, now)?;
    }
    let ids: Vec<Uuid> = found.iter().map(|(user, _)| *user).collect();
    let mut users = std::collections::HashMap::new();
    for user in directory.users(tenant.organization(), &ids).await? {
        users.insert(user_id(&user)?, user);
    }
    let row = |(id, assign_time)| {
        let user = users.remove(&id)?;
        Some(seat(&seat_name(&list.parent, id), Some(assign_time), user))
    };
    let seats = found.into_iter().filter_map(row).collect();
    Ok(ListSeatsResponse {
        seats,
        next_page_token,
        total_size: i32::try_from(total_size).unwrap_or(i32::MAX),
    })
}

fn last_user(position: &Position) -> Result<Uuid, Refusal> {
    let last = position.last.first().and_then(|text| Uuid::try_parse(text).ok());
    last.ok_or_else(|| Refusal::new(Reason::BadPageToken, "this page token holds no user"))
}

fn seat_name(pool: &name::Pool, user: Uuid) -> name::Seat {
    name::Seat { organization: pool.organization, product: pool.product.clone(), user }
}

fn user_id(user: &User) -> Result<Uuid, Refusal> {
    let name = name::User::parse(&user.name, "user").map_err(|_| {
        tracing::error!("identity answered a user without a name");
        Refusal::internal()
    })?;
    Ok(name.user)
}

fn wanted(filter: Filter) -> Result<Wanted, Refusal> {
    let terms = match filter {
        Filter::All => Vec::new(),
        Filter::And(terms) => terms,
        term => vec![term],
    };
    let mut wanted = Wanted::default();
    for term in terms {
        match term {
            Filter::Word(word) => wanted.words.push(quoted(&word)),
            Filter::Compare { operator: Operator::Equal, value: Value::Bool(held), .. }
                if wanted.held.is_none() =>
            {
                wanted.held = Some(held);
            }
            _ => {
                let text = "filter: words, and at most one of held = true and held = false";
                return Err(Refusal::new(Reason::BadFilter, text).with("position", "0"));
            }
        }
    }
    Ok(wanted)
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted_of(text: &str) -> Result<Wanted, Reason> {
        filter::parse(text, FIELDS).and_then(wanted).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn b11_words_go_to_the_search_and_held_stays_here() {
        let wanted = wanted_of("ann held = true \"a \\\"b\\\"\"").expect("valid");
        assert_eq!(wanted, Wanted { held: Some(true), words: vec!["\"ann\"".into(), r#""a \"b\"""#.into()] });
        assert_eq!(wanted_of(""), Ok(Wanted::default()));
        for text in ["held = true OR ann", "NOT held = true", "held = true held = false", "role = x"] {
            assert_eq!(wanted_of(text), Err(Reason::BadFilter), "{text}");
        }
    }
}
