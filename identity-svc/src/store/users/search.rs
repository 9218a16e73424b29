//! The first page of a search, with its total, in one pass over an index that holds the text.
//!
//! A word may stand anywhere in the text, so every user of the place is looked at: once, and in the index
//! `users_by_name`, which is a fraction of the table. An index of trigrams would look at fewer, but
//! PostgreSQL does not search one below row-level security (its operators are not leakproof).

use platform::db::{Result, Tx};
use proto::filter::Filter;

use super::list::{Place, Query, condition, spelt};
use super::{columns, read_placed};
use crate::domain::user::Placed;
use crate::store::predicate::Values;

/// Whether a list is a search: somebody typed a word.
#[must_use]
pub fn is_search(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(is_search),
        Filter::Not(part) => is_search(part),
        Filter::Word(_) => true,
        Filter::All | Filter::Compare { .. } => false,
    }
}

/// At most `limit` users behind the first `skip`, and how many there are in all.
pub async fn first_page(tx: &mut Tx, query: &Query, skip: i64, limit: i64) -> Result<(Vec<Placed>, i64)> {
    let mut values = Values::default();
    let condition = condition(query, &mut values);
    let direction = if query.order.descending { "DESC" } else { "ASC" };
    let column = query.order.key.column();
    let (limit, skip) = (values.add(limit), values.add(skip));
    let over = match query.place {
        Place::Organization(_) => "users u",
        Place::Trees(_) => "users u JOIN organizations o ON o.id = u.organization_id",
    };
    let text = format!(
        "WITH found AS MATERIALIZED (
             SELECT u.organization_id, u.id, {column} AS sort_key FROM {over} WHERE {condition}),
         page AS (SELECT * FROM found ORDER BY sort_key {direction}, id {direction} LIMIT {limit} OFFSET {skip})
         SELECT {}, o.display_name AS organization_display_name, o.account_number,
             (SELECT count(*) FROM found) AS total
         FROM page JOIN users u ON u.organization_id = page.organization_id AND u.id = page.id
             JOIN organizations o ON o.id = u.organization_id
         ORDER BY {column} {direction}, u.id {direction}",
        columns!()
    );
    let rows =
        tx.query(spelt(text)).bind_all(values.0).all(|row| Ok((read_placed(row)?, row.get::<i64>("total")?)));
    let (users, totals): (Vec<Placed>, Vec<i64>) = rows.await?.into_iter().unzip();
    match totals.first() {
        Some(total) => Ok((users, *total)),
        // Nothing is found, or the page is behind the end.
        None => Ok((users, super::list::count(tx, query).await?)),
    }
}
