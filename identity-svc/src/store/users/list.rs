//! Pages of users, of one organization or of a tree.

use chrono::{DateTime, Utc};
use platform::db::{Assembled, Error, Result, Tx};
use proto::filter::Filter;
use uuid::Uuid;

use super::filter::{self, Words};
use super::{columns, placed, read_placed};
use crate::domain::organization::Subtree;
use crate::domain::user::{Placed, User};
use crate::store::predicate::{Values, within};

/// Which users.
#[derive(Clone, Debug)]
pub enum Place {
    /// Those of one organization.
    Organization(Uuid),
    /// Those of all organizations in these subtrees (D1).
    Trees(Vec<Subtree>),
}

/// By what they are ordered; the id decides between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The name as shown.
    DisplayName,
    /// The address.
    Email,
    /// When the user was made.
    CreateTime,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub key: Key,
    /// Greatest first.
    pub descending: bool,
}

/// What a list is asked for.
#[derive(Clone, Debug)]
pub struct Query {
    /// Whose users.
    pub place: Place,
    /// Which of them.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// What expired is decided at this moment.
    pub now: DateTime<Utc>,
}

/// Where a page begins, and how long it is.
#[derive(Clone, Debug)]
pub struct Page {
    /// Sort key (a time as RFC 3339) and id of the last row before it.
    pub after: Option<(String, Uuid)>,
    /// Rows to pass over.
    pub skip: i64,
    /// At most this many rows.
    pub limit: i64,
}

impl Key {
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::DisplayName => "u.sort_name",
            Self::Email => "coalesce(u.email, '')",
            Self::CreateTime => "u.create_time",
        }
    }

    /// What the next page's token holds of a row.
    #[must_use]
    pub fn of(self, user: &User) -> String {
        let email = user.email_text();
        match self {
            Self::DisplayName => user.profile.name.sort_key(email),
            Self::Email => email.unwrap_or_default().to_owned(),
            Self::CreateTime => platform::db::time_text(user.create_time),
        }
    }
}

/// A page.
pub async fn page(tx: &mut Tx, query: &Query, page: &Page) -> Result<Vec<Placed>> {
    let mut values = Values::default();
    let mut condition = condition(query, &mut values);
    if let Some((last, id)) = &page.after {
        condition = format!("{condition} AND {}", behind(query.order, last, *id, &mut values)?);
    }
    let direction = if query.order.descending { "DESC" } else { "ASC" };
    let column = query.order.key.column();
    let skip = if page.skip > 0 { format!("OFFSET {}", values.add(page.skip)) } else { String::new() };
    // The limit is in the text: of one that it does not know, PostgreSQL thinks that it is a tenth of the
    // list, and plans each page anew for fear of that, which takes longer than the page.
    let limit = page.limit;
    let text = format!(
        "SELECT {}{} WHERE {condition}
         ORDER BY {column} {direction}, u.id {direction} LIMIT {limit} {skip}",
        columns!(),
        placed!()
    );
    tx.query(spelt(text)).bind_all(values.0).all(read_placed).await
}

/// How many users the list holds over all its pages.
pub async fn count(tx: &mut Tx, query: &Query) -> Result<i64> {
    let mut values = Values::default();
    let condition = condition(query, &mut values);
    let text = format!(
        "SELECT count(*) AS n FROM users u JOIN organizations o ON o.id = u.organization_id WHERE {condition}"
    );
    tx.query(spelt(text)).bind_all(values.0).value("n").await
}

/// The ids of all users of a list.
pub async fn ids(tx: &mut Tx, query: &Query) -> Result<Vec<Uuid>> {
    let mut values = Values::default();
    let condition = condition(query, &mut values);
    let text = format!(
        "SELECT u.id FROM users u JOIN organizations o ON o.id = u.organization_id WHERE {condition}"
    );
    tx.query(spelt(text)).bind_all(values.0).all(|row| row.get("id")).await
}

pub(super) fn condition(query: &Query, values: &mut Values) -> String {
    let (place, organization) = match &query.place {
        // Whether its one organization holds a word is asked once, not for each user.
        Place::Organization(id) => {
            let id = values.add(*id);
            (format!("u.organization_id = {id}"), Words::Of(id))
        }
        Place::Trees(subtrees) => (within(subtrees, values), Words::Joined),
    };
    format!("{place} AND {}", filter::condition(&query.filter, query.now, &organization, values))
}

/// Finding a text in another has a name of its own in each dialect.
pub(super) fn spelt(text: String) -> Assembled {
    Assembled { postgres: text.replace("instr(", "strpos("), sqlite: text }
}

fn behind(order: Order, last: &str, id: Uuid, values: &mut Values) -> Result<String> {
    let last = match order.key {
        Key::CreateTime => {
            let time: DateTime<Utc> = last.parse().map_err(|problem| Error::broken("page token", problem))?;
            values.add(time)
        }
        Key::DisplayName | Key::Email => values.add(last),
    };
    let sign = if order.descending { "<" } else { ">" };
    Ok(format!("({}, u.id) {sign} ({last}, {})", order.key.column(), values.add(id)))
}
