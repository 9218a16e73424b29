//! The loop that pushes events to their destinations.

use std::{collections::BTreeMap, time::Duration};

use tokio::sync::watch::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{TOPIC, delivery, delivery::Unwritten, packed, upkeep};
use crate::{clock::Clock, db, peer::Peer};

/// How often a relay looks for rows that another process wrote, or that are due again.
const POLL: Duration = Duration::from_secs(1);

/// How long a relay waits for more before it delivers.
const GATHER: Duration = Duration::from_millis(5);

/// How long it waits when the last round says that many more will come: a round costs what some events do.
const GATHER_MANY: Duration = Duration::from_millis(20);

/// So many events in a round are many.
const MANY: usize = 8;

/// A round of so many may have left some behind.
const FULL: usize = packed::EVENTS;

/// Delivers what a service's outbox holds, in any number of replicas.
#[derive(Clone)]
pub struct Relay {
    db: db::Db,
    clock: Clock,
    peers: BTreeMap<&'static str, Peer>,
}

/// What one claim came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Nothing was due.
    Idle,
    /// This many events were delivered; refused ones were put off.
    Delivered(usize),
    /// The destination cannot be reached; the events wait as before.
    Away,
}

impl Relay {
    /// A relay of the events in `db`. `peers` are the destinations by the names given to
    /// [`put`](super::put); a peer adds the caller's service token itself.
    pub fn new(db: db::Db, clock: Clock, peers: BTreeMap<&'static str, Peer>) -> Self {
        Self { db, clock, peers }
    }

    /// Runs until shutdown: wakes at each commit of this process that put events, looks every second
    /// besides, and once an hour forgets what the durable habits no longer need. A round under way is
    /// finished first, which takes 18 seconds at most; a process that waits less cuts it, and its rows are
    /// due again when their claim ends.
    pub async fn run(self, shutdown: CancellationToken) {
        let destinations = self.peers.iter();
        let follow = destinations.map(|(destination, peer)| self.follow(destination, peer, &shutdown));
        let upkeep = upkeep::run(&self.db, &self.clock, &shutdown);
        futures::join!(futures::future::join_all(follow), upkeep);
    }

    /// Claims and delivers once.
    ///
    /// # Errors
    ///
    /// See [`db::Error`]; then the claimed rows are due again when the claim ends.
    pub async fn round(&self, destination: &str) -> db::Result<Round> {
        let Some(peer) = self.peers.get(destination) else { return Ok(Round::Idle) };
        let mut unwritten = None;
        let round = delivery::push(&self.db, &self.clock, (destination, peer), &mut unwritten).await?;
        delivery::write(&self.db, &self.clock, destination, &mut unwritten).await?;
        Ok(round)
    }

    async fn follow(&self, destination: &str, peer: &Peer, shutdown: &CancellationToken) {
        let mut bell = self.db.woken(TOPIC);
        let mut unwritten = None;
        while !shutdown.is_cancelled() {
            bell.mark_unchanged();
            let round = delivery::push(&self.db, &self.clock, (destination, peer), &mut unwritten).await;
            if let Err(error) = &round {
                tracing::warn!(destination, %error, "the outbox could not be read");
            }
            match round {
                Ok(Round::Delivered(count)) => gather(shutdown, count).await,
                Ok(Round::Idle) => {
                    rest(shutdown, bell.changed()).await;
                    gather(shutdown, 0).await;
                }
                Ok(Round::Away) | Err(_) => {
                    self.write(destination, &mut unwritten).await;
                    rest(shutdown, std::future::pending()).await;
                }
            }
        }
        self.write(destination, &mut unwritten).await;
    }

    /// What cannot be written down is delivered once more when its claim ends.
    async fn write(&self, destination: &str, unwritten: &mut Option<Unwritten>) {
        if let Err(error) = delivery::write(&self.db, &self.clock, destination, unwritten).await {
            tracing::warn!(destination, %error, "the outbox could not be written");
            // What this database will never take must not keep the others from theirs.
            unwritten.take_if(|_| !error.is_unavailable());
        }
    }
}

/// What rings is seldom alone: a moment later one round takes all that one commit after the other wrote.
/// A full round may have left some behind: they wait no longer.
async fn gather(shutdown: &CancellationToken, last: usize) {
    let pause = match last {
        FULL.. => return,
        MANY.. => GATHER_MANY,
        _ => GATHER,
    };
    shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
}

/// Until the next look, the bell or the shutdown.
async fn rest(shutdown: &CancellationToken, bell: impl Future<Output = Result<(), RecvError>>) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        _ = bell => {}
        () = tokio::time::sleep(POLL) => {}
    }
}
