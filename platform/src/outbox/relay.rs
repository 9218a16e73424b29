//! The loop that pushes events to their destinations.

use std::{collections::BTreeMap, time::Duration};

use tokio::sync::watch::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{TOPIC, delivery, upkeep};
use crate::{clock::Clock, db, peer::Peer};

/// How often a relay looks for rows that another process wrote, or that are due again.
const POLL: Duration = Duration::from_secs(1);

/// How long a relay waits for more before it delivers.
const GATHER: Duration = Duration::from_millis(5);

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
        match self.peers.get(destination) {
            Some(peer) => delivery::push(&self.db, &self.clock, destination, peer).await,
            None => Ok(Round::Idle),
        }
    }

    async fn follow(&self, destination: &str, peer: &Peer, shutdown: &CancellationToken) {
        let mut bell = self.db.woken(TOPIC);
        while !shutdown.is_cancelled() {
            bell.mark_unchanged();
            let round = delivery::push(&self.db, &self.clock, destination, peer).await;
            if let Err(error) = &round {
                tracing::warn!(destination, %error, "the outbox could not be read");
            }
            match round {
                Ok(Round::Delivered(_)) => gather(shutdown).await,
                Ok(Round::Idle) => {
                    rest(shutdown, bell.changed()).await;
                    gather(shutdown).await;
                }
                Ok(Round::Away) | Err(_) => rest(shutdown, std::future::pending()).await,
            }
        }
    }
}

/// What rings is seldom alone: a moment later one round takes all that one commit after the other wrote.
async fn gather(shutdown: &CancellationToken) {
    shutdown.run_until_cancelled(tokio::time::sleep(GATHER)).await;
}

/// Until the next look, the bell or the shutdown.
async fn rest(shutdown: &CancellationToken, bell: impl Future<Output = Result<(), RecvError>>) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        _ = bell => {}
        () = tokio::time::sleep(POLL) => {}
    }
}
