//! What a process needs besides itself, looked at again and again.

use std::time::Duration;

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::db::Db;
use crate::peer::Peer;
use crate::serve::{Component, Process};

/// Between two looks while all is well, and while it is not: who waits wants to know soon.
const WELL: Duration = Duration::from_secs(1);
const UNWELL: Duration = Duration::from_millis(200);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many looks in a row must fail before a process that was ready is not: one may meet the one replica
/// that stops, and whoever leaves for it takes with it all that need this process.
const BELIEVED: u32 = 3;

/// Keeps the component in step with the database.
pub(super) fn database(process: &Process, component: Component, db: Db) {
    component.ready();
    process.spawner.worker("node.database", move |job| {
        let (mut view, db) = (View { component: component.clone(), failures: 0 }, db.clone());
        async move {
            let mut pause = WELL;
            while job.pause(pause).await {
                pause = view.saw(look(&db).await);
            }
            Ok(())
        }
    });
}

/// Keeps a component of the peer's name in step with its readiness.
pub(super) fn peer(process: &Process, service: &'static str, peer: Peer) {
    let component = process.health.component(service);
    process.spawner.worker("node.peer", move |job| {
        // Nothing is known yet: the first failure is told.
        let (mut view, peer) = (View { component: component.clone(), failures: BELIEVED }, peer.clone());
        async move {
            while job.pause(view.saw(ask(peer.clone()).await)).await {}
            Ok(())
        }
    });
}

/// A database that gives this look no connection, but begins transactions for others meanwhile, is busy and
/// not away: to leave for that would send the load to the next replica.
async fn look(db: &Db) -> Result<(), &'static str> {
    let begun = db.pool().begun;
    let answered = matches!(tokio::time::timeout(PATIENCE, db.ping()).await, Ok(Ok(())));
    (answered || db.pool().begun != begun).then_some(()).ok_or("the database does not answer")
}

async fn ask(peer: Peer) -> Result<(), &'static str> {
    let mut client = HealthClient::new(peer);
    let request = HealthCheckRequest::default();
    let Ok(Ok(answer)) = tokio::time::timeout(PATIENCE, client.check(request)).await else {
        return Err("it does not answer");
    };
    match answer.get_ref().status() {
        ServingStatus::Serving => Ok(()),
        _ => Err("it is not ready"),
    }
}

/// What was seen of one thing.
struct View {
    component: Component,
    /// Looks that failed since the last one that did not.
    failures: u32,
}

impl View {
    /// Passes it on, and answers when to look again.
    fn saw(&mut self, state: Result<(), &'static str>) -> Duration {
        let Err(why) = state else {
            self.failures = 0;
            self.component.ready();
            return WELL;
        };
        self.failures = self.failures.saturating_add(1);
        if self.failures >= BELIEVED {
            self.component.not_ready(why);
        }
        UNWELL
    }
}
