//! Many callers, one pool: what has arrived is committed together and each gets its own answer.
//!
//! A pool's row is a lock. Taken once per caller it gives some thousand seats a second; taken once per
//! batch, many times that; so it is with asking who the callers mean. A batch is whatever arrived while
//! the one before was committed, so a lone caller waits for nobody. The last seats go out in the order of
//! arrival.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::clock::Clock;
use platform::db::{Db, Tx};
use platform::once::{self, Answer};
use platform::peer::Peers;
use platform::serve::{Process, Spawner};
use platform::tenant::Tenant;
use proto::identity::v1::User;
use proto::license::v1::Seat;
use proto::name;
use proto::refusal::{Reason, Refusal};
use tokio::sync::oneshot;

use super::give::{self, Giving, Wish};
use super::{people, seat};
use crate::app::{Error, Reply, actor};
use crate::domain::pool::Shortage;
use crate::domain::seat::Reason as Cause;

/// The most callers of one commit.
const BATCH: usize = 64;

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
pub struct Queue(Arc<Shared>);

struct Shared {
    db: Db,
    peers: Peers,
    clock: Clock,
    spawner: Spawner,
    waiting: Mutex<HashMap<name::Pool, Vec<Waiting>>>,
}

struct Waiting {
    entry: Entry,
    answer: oneshot::Sender<Outcome>,
}

type Outcome = Result<Reply<Seat>, Error>;

impl Queue {
    /// Nobody waits.
    pub fn new(db: &Db, process: &Process, peers: &Peers) -> Self {
        let (db, peers) = (db.clone(), peers.clone());
        let (clock, spawner) = (process.clock.clone(), process.spawner.clone());
        Self(Arc::new(Shared { db, peers, clock, spawner, waiting: Mutex::default() }))
    }

    /// Waits for the seat. The caller may go away: the seat is then given all the same, as with any
    /// call whose answer is lost.
    pub async fn assign(&self, tenant: Tenant, entry: Entry) -> Outcome {
        let pool = name::Pool { organization: tenant.organization(), product: entry.name.product.clone() };
        let (answer, answered) = oneshot::channel();
        if self.enter(&pool, Waiting { entry, answer }) {
            let turn = Turn { shared: self.0.clone(), tenant, pool, finished: false };
            self.0.spawner.task("license.pool", turn.run());
        }
        let stopped = |_| Err(Refusal::new(Reason::Draining, "the process is stopping").into());
        answered.await.unwrap_or_else(stopped)
    }

    /// Whether nobody is at work on the pool.
    fn enter(&self, pool: &name::Pool, waiting: Waiting) -> bool {
        let mut pools = self.0.pools();
        if let Some(queue) = pools.get_mut(pool) {
            queue.push(waiting);
            return false;
        }
        pools.insert(pool.clone(), vec![waiting]);
        true
    }
}

impl Shared {
    fn pools(&self) -> MutexGuard<'_, HashMap<name::Pool, Vec<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next batch; none ends the work on the pool.
    fn next(&self, pool: &name::Pool) -> Option<Vec<Waiting>> {
        let mut pools = self.pools();
        let queue = pools.get_mut(pool)?;
        if queue.is_empty() {
            pools.remove(pool);
            return None;
        }
        let size = queue.len().min(BATCH);
        Some(queue.drain(..size).collect())
    }

    /// Those whose user may hold a seat, with the user; the others are answered.
    async fn admit(&self, pool: &name::Pool, batch: Vec<Waiting>) -> Vec<(Waiting, User)> {
        let entries: Vec<&Entry> = batch.iter().map(|waiting| &waiting.entry).collect();
        let users = people::find(&self.peers, pool.organization, &entries).await;
        let mut admitted = Vec::with_capacity(batch.len());
        for (waiting, user) in batch.into_iter().zip(users) {
            match user {
                Ok(user) => admitted.push((waiting, user)),
                Err(error) => refuse(waiting, error),
            }
        }
        admitted
    }

    /// One transaction for the batch; an answer for each of it.
    async fn commit(
        &self,
        tenant: Tenant,
        pool: &name::Pool,
        batch: &[(Waiting, User)],
    ) -> Result<Vec<Outcome>, Error> {
        let now = self.clock.now();
        let mut tx = self.db.of(tenant).write().await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut wishes = Vec::new();
        for (Waiting { entry, .. }, _) in batch {
            let outcome = repeated(once::begin(&mut tx, &entry.call, now).await?);
            if outcome.is_none() {
                wishes.push(Wish { user: entry.name.user, actor: actor(&entry.caller) });
            }
            outcomes.push(outcome);
        }
        let giving = Giving { tenant, product: &pool.product, reason: Cause::Toggle, now };
        let mut given = give::each(&mut tx, &giving, &wishes).await?.into_iter();
        for ((Waiting { entry, .. }, user), outcome) in batch.iter().zip(&mut outcomes) {
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

/// The work on one pool, until nobody waits for it.
struct Turn {
    shared: Arc<Shared>,
    tenant: Tenant,
    pool: name::Pool,
    finished: bool,
}

impl Turn {
    async fn run(mut self) {
        while let Some(batch) = self.shared.next(&self.pool) {
            let batch = self.shared.admit(&self.pool, batch).await;
            if batch.is_empty() {
                continue;
            }
            match self.shared.commit(self.tenant, &self.pool, &batch).await {
                Ok(outcomes) => answer(batch, outcomes),
                Err(error) => batch.into_iter().for_each(|(waiting, _)| refuse(waiting, error.clone())),
            }
        }
        self.finished = true;
    }
}

impl Drop for Turn {
    /// A turn that was cut short leaves nobody waiting for ever.
    fn drop(&mut self) {
        if !self.finished {
            self.shared.pools().remove(&self.pool);
        }
    }
}

fn answer(batch: Vec<(Waiting, User)>, outcomes: Vec<Outcome>) {
    for ((waiting, _), outcome) in batch.into_iter().zip(outcomes) {
        // A caller that went away needs no answer.
        drop(waiting.answer.send(outcome));
    }
}

fn refuse(waiting: Waiting, error: Error) {
    // As above.
    drop(waiting.answer.send(Err(error)));
}
