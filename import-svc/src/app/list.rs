//! The imports of an organization, newest first.

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db;
use proto::name;
use proto::page::{Position, Query};
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::App;
use crate::domain::import::Import;
use crate::store::imports;

/// Which imports.
pub struct List {
    /// Whose.
    pub parent: name::Organization,
    /// At most.
    pub size: i64,
    /// Of the page before.
    pub page_token: String,
}

/// A page, and the token of the next one.
pub async fn list(app: &App, caller: &Caller, list: List) -> Result<(Vec<Import>, String), Refusal> {
    let tenant = app.require(caller, list.parent.organization).await?;
    let (parent, principal, now) = (list.parent.to_string(), caller.principal().key(), app.clock.now());
    let query =
        Query { rpc: "ListImports", parent: &parent, filter: "", order_by: "", principal: &principal };
    let tokens = app.keys.page_tokens();
    let before = match tokens.open(&list.page_token, &query, now)? {
        Some(position) => last(&position)?,
        None => (now + chrono::TimeDelta::days(1), Uuid::max()),
    };
    let mut found =
        imports::page(&mut app.db.of(tenant).read().await?, tenant, before, list.size + 1).await?;
    let mut next = String::new();
    if i64::try_from(found.len()).unwrap_or(i64::MAX) > list.size {
        found.pop();
        if let Some(last) = found.last() {
            let last = vec![db::time_text(last.create_time), last.id.to_string()];
            next = tokens.seal(&query, &Position { last, ..Position::default() }, now)?;
        }
    }
    Ok((found, next))
}

fn last(position: &Position) -> Result<(DateTime<Utc>, Uuid), Refusal> {
    let [time, id] = position.last.as_slice() else { return Err(damaged()) };
    Ok((time.parse().map_err(|_| damaged())?, Uuid::try_parse(id).map_err(|_| damaged())?))
}

fn damaged() -> Refusal {
    Refusal::new(Reason::BadPageToken, "this page token is damaged")
}
