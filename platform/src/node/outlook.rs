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

/// Keeps the component in step with the database.
pub(super) fn database(process: &Process, component: Component, db: Db) {
    component.ready();
    process.spawner.worker("node.database", move |job| {
        let (component, db) = (component.clone(), db.clone());
        async move {
            let mut pause = WELL;
            while job.pause(pause).await {
                let answered = matches!(tokio::time::timeout(PATIENCE, db.ping()).await, Ok(Ok(())));
                pause = tell(&component, answered.then_some(()).ok_or("the database does not answer"));
            }
            Ok(())
        }
    });
}

/// Keeps a component of the peer's name in step with its readiness.
pub(super) fn peer(process: &Process, service: &'static str, peer: Peer) {
    let component = process.health.component(service);
    process.spawner.worker("node.peer", move |job| {
        let (component, peer) = (component.clone(), peer.clone());
        async move {
            while job.pause(tell(&component, ask(peer.clone()).await)).await {}
            Ok(())
        }
    });
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

/// Passes it on, and answers when to look again.
fn tell(component: &Component, state: Result<(), &'static str>) -> Duration {
    match state {
        Ok(()) => component.ready(),
        Err(why) => component.not_ready(why),
    }
    if state.is_ok() { WELL } else { UNWELL }
}
