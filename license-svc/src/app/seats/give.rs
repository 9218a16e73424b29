//! The one way in which users get seats: toggle, invite and import all come here (N2).
//!
//! The pool's row is locked first, so what is decided holds until the commit; its counts change by one
//! conditional update; the seats, the ledger and the announcement are of the same transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use platform::db::{self, Tx};
use platform::tenant::Tenant;
use proto::name::ProductId;
use uuid::Uuid;

use crate::domain::pool::{Pool, Shortage};
use crate::domain::seat::{Change, Reason};
use crate::store::{announcements, pools, reservations, seat_events, seats};

/// Whose seats, why and when.
pub struct Giving<'a> {
    /// The organization.
    pub tenant: Tenant,
    /// The pool.
    pub product: &'a ProductId,
    /// For the ledger.
    pub reason: Reason,
    /// The time of the change.
    pub now: DateTime<Utc>,
}

/// Somebody who is to hold a seat.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who.
    pub user: Uuid,
    /// Who wishes it: the text of a principal.
    pub actor: String,
}

/// Seats for all of the users, out of the owner's reservation first, or for none of them. Answers who
/// newly holds one; who held one before keeps it.
pub async fn all(
    tx: &mut Tx,
    giving: &Giving<'_>,
    owner: &str,
    users: &[Uuid],
    actor: &str,
) -> db::Result<Result<Vec<Uuid>, Shortage>> {
    let Giving { tenant, product, .. } = *giving;
    let pool = pools::lock(tx, tenant, product).await?;
    let holders = seats::holders(tx, tenant, product, users).await?;
    let new = newcomers(users.iter().map(|user| Wish { user: *user, actor: actor.to_owned() }), &holders);
    let set_aside = reservations::count(tx, tenant, product, owner).await?;
    let needed = count(&new);
    if let Some(shortage) = Shortage::of(pool.as_ref(), needed, set_aside) {
        return Ok(Err(shortage));
    }
    let from_owner = needed.min(set_aside);
    give(tx, giving, &new, from_owner).await?;
    if from_owner > 0 {
        reservations::set(tx, tenant, product, owner, set_aside - from_owner).await?;
    }
    Ok(Ok(new.into_iter().map(|seat| seat.user).collect()))
}

/// Free seats in the order of the wishes while there are any. Answers for each wish since when its
/// user holds a seat, or what was lacking.
pub async fn each(
    tx: &mut Tx,
    giving: &Giving<'_>,
    wishes: &[Wish],
) -> db::Result<Vec<Result<DateTime<Utc>, Shortage>>> {
    let Giving { tenant, product, now, .. } = *giving;
    let pool = pools::lock(tx, tenant, product).await?;
    let users: Vec<Uuid> = wishes.iter().map(|wish| wish.user).collect();
    let mut holders = seats::holders(tx, tenant, product, &users).await?;
    let mut new = newcomers(wishes.iter().cloned(), &holders);
    let free = pool.as_ref().map_or(0, Pool::free);
    new.truncate(usize::try_from(free).unwrap_or(0));
    give(tx, giving, &new, 0).await?;
    holders.extend(new.iter().map(|seat| (seat.user, now)));
    let lacking = Shortage {
        required: 1,
        free: free - count(&new),
        over_allocated: pool.is_some_and(|pool| pool.over_allocated),
    };
    Ok(users.iter().map(|user| holders.get(user).copied().ok_or(lacking)).collect())
}

/// The first wish of each user who holds no seat.
fn newcomers(wishes: impl Iterator<Item = Wish>, holders: &HashMap<Uuid, DateTime<Utc>>) -> Vec<Change> {
    let mut seen = BTreeSet::new();
    let new = wishes.filter(|wish| !holders.contains_key(&wish.user) && seen.insert(wish.user));
    new.map(|Wish { user, actor }| Change { event: Uuid::now_v7(), user, actor }).collect()
}

async fn give(tx: &mut Tx, giving: &Giving<'_>, new: &[Change], set_aside: i64) -> db::Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let Giving { tenant, product, reason, now } = *giving;
    if !pools::hold(tx, tenant, product, count(new) - set_aside, set_aside).await? {
        return Err(db::Error::broken("pools.held", "the counts changed under the lock"));
    }
    seats::insert(tx, tenant, product, new, now).await?;
    seat_events::assigned(tx, tenant, product, new, reason, now).await?;
    let mut by_actor: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for seat in new {
        by_actor.entry(&seat.actor).or_default().push(seat);
    }
    for (actor, seats) in by_actor {
        announcements::insert(tx, tenant, product, actor, &seats, now).await?;
    }
    Ok(())
}

fn count(seats: &[Change]) -> i64 {
    i64::try_from(seats.len()).unwrap_or(i64::MAX)
}
