//! Seats in sets, for imports.

use platform::caller::Caller;
use platform::once::{self, Answer};
use proto::identity::v1::Permission;
use proto::license::v1::AssignSeatsResponse;
use proto::name;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::give::{self, Giving};
use crate::app::{App, Error, Reply, actor};
use crate::domain::pool::Pool;
use crate::domain::seat::Reason;
use crate::store::{pools, seats, user_suspensions};

/// What an import plans with.
pub struct Matches {
    /// Those who hold a seat, in the order in which they were given.
    pub holders: Vec<Uuid>,
    /// Those who are switched off, in the same order.
    pub suspended: Vec<Uuid>,
    /// Seats that are free.
    pub free: i64,
}

/// Who of `users` holds a seat, who of them is switched off, and how many seats are free.
pub async fn matches(
    app: &App,
    caller: &Caller,
    name: &name::Pool,
    users: &[Uuid],
) -> Result<Matches, Error> {
    let tenant = app.require_for_service(caller, Permission::LicensesView, name.organization).await?;
    app.sold(name.product.as_str(), "pool")?;
    let mut tx = app.db.of(tenant).read().await?;
    let pool = pools::find(&mut tx, tenant, &name.product).await?;
    let holders = seats::holders(&mut tx, tenant, &name.product, users).await?;
    let suspended = user_suspensions::among(&mut tx, tenant, users).await?;
    Ok(Matches {
        holders: users.iter().filter(|user| holders.contains_key(user)).copied().collect(),
        suspended: users.iter().filter(|user| suspended.contains(user)).copied().collect(),
        free: pool.as_ref().map_or(0, Pool::free),
    })
}

/// What an import gives at once.
pub struct Assign {
    /// Whose seats.
    pub pool: name::Pool,
    /// The reservation's owner.
    pub owner: String,
    /// Who is to hold one.
    pub users: Vec<Uuid>,
}

/// Seats for all of these users, out of the reservation first, or for none. Those who are switched off get
/// none, as with the toggle. Answers who newly holds one.
pub async fn assign(
    app: &App,
    caller: &Caller,
    assign: Assign,
    call: once::Call,
) -> Result<Reply<AssignSeatsResponse>, Error> {
    let Assign { pool, owner, users } = assign;
    let tenant = app.require_for_service(caller, Permission::LicensesEdit, pool.organization).await?;
    app.sold(pool.product.as_str(), "pool")?;
    let now = app.clock.now();
    let mut tx = app.db.of(tenant).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let suspended = user_suspensions::among(&mut tx, tenant, &users).await?;
    let users: Vec<Uuid> = users.into_iter().filter(|user| !suspended.contains(user)).collect();
    let giving = Giving { tenant, product: &pool.product, reason: Reason::Import, now };
    let assigned = match give::all(&mut tx, &giving, &owner, &users, &actor(caller)).await? {
        Ok(assigned) => assigned,
        Err(shortage) => return Err(Refusal::from(shortage).into()),
    };
    let name = |user: Uuid| name::User { organization: pool.organization, user }.to_string();
    let response = AssignSeatsResponse { assigned: assigned.into_iter().map(name).collect() };
    once::store(&mut tx, &call, &Answer::reply(&response)).await?;
    tx.commit().await?;
    Ok(Reply::Fresh(response))
}
