//! Looking at pools (B1).

use platform::caller::Caller;
use proto::identity::v1::Permission;
use proto::name::{self, ProductId};
use proto::page::{Position, Query};
use proto::refusal::Refusal;

use super::{App, Error};
use crate::domain::pool::Pool;
use crate::store::pools;

/// Which pools.
pub struct List {
    /// Whose.
    pub parent: name::Organization,
    /// At most.
    pub size: i64,
    /// Of the page before.
    pub page_token: String,
}

/// A page of pools in the order of their products, and the token of the next one.
pub async fn list(app: &App, caller: &Caller, list: List) -> Result<(Vec<Pool>, String), Error> {
    let tenant = app.require(caller, Permission::LicensesView, list.parent.organization).await?;
    let (parent, principal, now) = (list.parent.to_string(), caller.principal().key(), app.clock.now());
    let query = Query { rpc: "ListPools", parent: &parent, filter: "", order_by: "", principal: &principal };
    let position = app.keys.page_tokens().open(&list.page_token, &query, now)?;
    let after = position.and_then(|position| position.last.into_iter().next()).unwrap_or_default();
    let mut found = pools::page(&mut app.db.of(tenant).read().await?, tenant, &after, list.size + 1).await?;
    let mut next = String::new();
    if found.len() as i64 > list.size {
        found.pop();
        let last = found.last().map(|pool| pool.product.to_string());
        let position = Position { last: last.into_iter().collect(), ..Position::default() };
        next = app.keys.page_tokens().seal(&query, &position, now)?;
    }
    Ok((found, next))
}

/// One pool.
pub async fn get(app: &App, caller: &Caller, name: &name::Pool) -> Result<Pool, Error> {
    let tenant = app.require(caller, Permission::LicensesView, name.organization).await?;
    let found = pools::find(&mut app.db.of(tenant).look().await?, tenant, &name.product).await?;
    found.ok_or_else(|| Refusal::not_found(name.to_string()).into())
}

/// Refuses a product that was never bought here and is not sold either.
pub fn known(app: &App, pool: Option<&Pool>, product: &ProductId, name: &str) -> Result<(), Refusal> {
    if pool.is_some() || app.catalog.find(product.as_str()).is_some() {
        return Ok(());
    }
    Err(Refusal::not_found(name))
}
