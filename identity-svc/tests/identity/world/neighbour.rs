//! A service that events are delivered to and that writes them down.

use std::sync::{Arc, Mutex};

use platform::peer::{self, Peer};
use platform::testing::eventually;
use proto::events::v1::inbox_service_server::{InboxService, InboxServiceServer};
use proto::events::v1::{DeliverRequest, DeliverResponse, Event};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
pub struct Neighbour(Arc<Mutex<Vec<Event>>>);

#[tonic::async_trait]
impl InboxService for Neighbour {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        let mut known = self.0.lock().unwrap();
        for event in request.into_inner().events {
            if !known.iter().any(|before| before.id == event.id) {
                known.push(event);
            }
        }
        Ok(Response::new(DeliverResponse {}))
    }
}

impl Neighbour {
    pub fn peer(&self) -> Peer {
        peer::local(Routes::new(InboxServiceServer::new(self.clone())))
    }

    /// What it was told so far.
    pub fn so_far(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    /// What it was told, once that is enough.
    pub async fn told(&self, what: &str, enough: impl Fn(&[Event]) -> bool) -> Vec<Event> {
        eventually(what, || async { self.so_far() }, |events| enough(events)).await
    }
}
