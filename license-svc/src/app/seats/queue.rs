//! Many callers, one pool: what has arrived is committed together and each gets its own answer.
//!
//! A pool's row is a lock. Taken once per caller it gives some thousand seats a second; taken once per
//! batch, many times that; so it is with asking who the callers mean. A batch is whatever arrived while
//! the one before was committed, so a lone caller waits for nobody. The last seats go out in the order of
//! arrival.

use std::time::Duration;

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::clock::Clock;
use platform::db::{Db, Tx};
use platform::once::{self, Answer};
use platform::peer::Peers;
use platform::serve::{Group, Process};
use platform::tenant::Tenant;
use proto::identity::v1::User;
use proto::license::v1::Seat;
use proto::name;
use proto::refusal::{Reason, Refusal};

use super::give::{self, Giving, Wish};
use super::{people, seat};
use crate::app::{Error, Reply, actor};
use crate::domain::pool::Shortage;
use crate::domain::seat::Reason as Cause;

/// The most callers of one commit.
const BATCH: usize = 64;

/// How long callers that came during a commit wait for more: those that it answered come again.
const GATHER: Duration = Duration::from_millis(1);

/// One caller.
pub struct Entry {
    /// The seat to give.
    pub name: name::Seat,
    /// Who wishes it.
    pub caller: Caller,
    /// The caller's number for it.
    pub call: once::Call,
}

/// Callers that wait for seats, by pool. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    db: Db,
    peers: Peers,
    clock: Clock,
    waiting: Group<name::Pool, Entry, Outcome>,
}

type Outcome = Result<Reply<Seat>, Error>;

impl Queue {
    /// Nobody waits.
    pub fn new(db: &Db, process: &Process, peers: &Peers) -> Self {
        let (db, peers, clock) = (db.clone(), peers.clone(), process.clock.clone());
        let waiting = Group::new("license.pool", &process.spawner, BATCH).gathering(GATHER);
        Self { db, peers, clock, waiting }
    }

    /// Waits for the seat. The caller may go away: the seat is then given all the same, as with any
    /// call whose answer is lost.
    pub async fn assign(&self, tenant: Tenant, entry: Entry) -> Outcome {
        let pool = name::Pool { organization: tenant.organization(), product: entry.name.product.clone() };
        let (worker, wanted) = (self.clone(), pool.clone());
        let work = move |batch| worker.clone().give(tenant, wanted.clone(), batch);
        let stopped = || {
            Err(Refusal::new(Reason::Draining, "the work was cut off: the process is stopping, or it failed")
                .into())
        };
        self.waiting.join(pool, entry, work).await.unwrap_or_else(stopped)
    }

    /// An outcome for each: those whose user may not hold a seat are refused, the others are given one
    /// together.
    async fn give(self, tenant: Tenant, pool: name::Pool, batch: Vec<Entry>) -> Vec<Outcome> {
        let users = people::find(&self.peers, pool.organization, &batch).await;
        let mut admitted = Vec::with_capacity(batch.len());
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(batch.len());
        for (entry, user) in batch.iter().zip(users) {
            outcomes.push(match user {
                Ok(user) => {
                    admitted.push((entry, user));
                    None
                }
                Err(error) => Some(Err(error)),
            });
        }
        let mut given = match self.commit(tenant, &pool, &admitted).await {
            Ok(given) => given,
            Err(error) => admitted.iter().map(|_| Err(error.clone())).collect(),
        }
        .into_iter();
        outcomes.into_iter().filter_map(|outcome| outcome.or_else(|| given.next())).collect()
    }

    /// One transaction for the batch; an answer for each of it.
    async fn commit(
        &self,
        tenant: Tenant,
        pool: &name::Pool,
        batch: &[(&Entry, User)],
    ) -> Result<Vec<Outcome>, Error> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut tx = self.db.of(tenant).write().await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut wishes = Vec::new();
        for (entry, _) in batch {
            let outcome = repeated(once::begin(&mut tx, &entry.call, now).await?);
            if outcome.is_none() {
                wishes.push(Wish { user: entry.name.user, actor: actor(&entry.caller) });
            }
            outcomes.push(outcome);
        }
        let giving = Giving { tenant, product: &pool.product, reason: Cause::Toggle, now };
        let mut given = give::each(&mut tx, &giving, &wishes).await?.into_iter();
        for ((entry, user), outcome) in batch.iter().zip(&mut outcomes) {
            if outcome.is_none()
                && let Some(given) = given.next()
            {
                *outcome = Some(first(&mut tx, entry, user, given).await?);
            }
        }
        tx.commit().await?;
        Ok(outcomes.into_iter().flatten().collect())
    }
}

/// The outcome of a call that is not new.
fn repeated(claim: once::Claim) -> Option<Outcome> {
    match claim.replay() {
        Ok(None) => None,
        Ok(Some(answer)) => Some(Ok(Reply::Again(answer))),
        Err(refusal) => Some(Err(refusal.into())),
    }
}

/// The outcome of a new call, stored for its repeats.
async fn first(
    tx: &mut Tx,
    entry: &Entry,
    user: &User,
    given: Result<DateTime<Utc>, Shortage>,
) -> Result<Outcome, Error> {
    let outcome = given.map(|assign_time| seat(&entry.name, Some(assign_time), user.clone()));
    let outcome = outcome.map_err(Refusal::from);
    let answer = match &outcome {
        Ok(seat) => Answer::reply(seat),
        Err(refusal) => Answer::refusal(refusal.clone()),
    };
    once::store(tx, &entry.call, &answer).await?;
    Ok(outcome.map(Reply::Fresh).map_err(Error::from))
}
