//! A destination of events that does what a test tells it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use platform::{
    clock::Clock,
    db::Db,
    outbox::{self, Relay},
    peer,
};
use proto::events::v1::{
    DeliverRequest, DeliverResponse, Event,
    inbox_service_server::{InboxService, InboxServiceServer},
};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status, service::Routes};
use uuid::Uuid;

#[derive(Clone, Default)]
pub struct Receiver(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    /// While held, a delivery waits here with its events taken, as a slow consumer does.
    gate: Gate,
}

struct Gate(Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(Semaphore::MAX_PERMITS))
    }
}

#[derive(Default)]
pub struct State {
    /// Ids in the order in which they were taken.
    pub taken: Vec<String>,
    /// Sizes of the deliveries that were taken.
    pub sizes: Vec<usize>,
    /// Ids that are refused.
    pub refused: BTreeSet<String>,
    pub away: bool,
    pub calls: usize,
    /// True when one event was in two deliveries at the same time.
    pub overlapped: bool,
    under_way: BTreeSet<String>,
}

impl Receiver {
    pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.state.lock().unwrap())
    }

    pub fn taken(&self) -> Vec<String> {
        self.with(|state| state.taken.clone())
    }

    pub fn hold(&self) {
        self.0.gate.0.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_go(&self) {
        self.0.gate.0.add_permits(1_000);
    }

    pub fn relay(&self, db: &Db, clock: Clock) -> Relay {
        let routes = Routes::new(InboxServiceServer::new(self.clone()));
        Relay::new(db.clone(), clock, BTreeMap::from([("notify", peer::local(routes))]))
    }

    fn take(&self, ids: Vec<String>) -> Result<(), Status> {
        self.with(|state| {
            for id in &ids {
                state.under_way.remove(id);
            }
            if state.away {
                return Err(Status::unavailable("away"));
            }
            if ids.iter().any(|id| state.refused.contains(id)) {
                return Err(Status::unknown("a poison event"));
            }
            state.sizes.push(ids.len());
            state.taken.extend(ids);
            Ok(())
        })
    }
}

#[tonic::async_trait]
impl InboxService for Receiver {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        let ids: Vec<String> = request.into_inner().events.into_iter().map(|event| event.id).collect();
        self.with(|state| {
            state.calls += 1;
            state.overlapped |= ids.iter().any(|id| !state.under_way.insert(id.clone()));
        });
        let _permit = self.0.gate.0.acquire().await.unwrap();
        self.take(ids)?;
        Ok(Response::new(DeliverResponse {}))
    }
}

/// An event of each key given, put in one transaction; returns their ids.
pub async fn put(db: &Db, clock: &Clock, keys: &[&str]) -> Vec<String> {
    let event = |key: &&str| Event {
        id: Uuid::now_v7().to_string(),
        source: "test".into(),
        ordering_key: (*key).to_owned(),
        ..Event::default()
    };
    let events: Vec<Event> = keys.iter().map(event).collect();
    let mut tx = db.write().await.unwrap();
    outbox::put_all(&mut tx, &events, &["notify"], clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    events.into_iter().map(|event| event.id).collect()
}

pub async fn waiting(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    outbox::waiting(&mut tx).await.unwrap()
}
