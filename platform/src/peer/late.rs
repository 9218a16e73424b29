//! A peer that is handed out before its service is built.

use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use http::{Request, Response};
use proto::refusal::Refusal;
use tonic::Status;
use tonic::body::Body;
use tower::{Service, ServiceExt};

use super::Peer;

/// Binds the peer that [`late`] made with it.
pub struct Late(Arc<OnceLock<Peer>>);

/// A peer that answers UNAVAILABLE until [`Late::bind`]. In one process events run against the order
/// in which the services are built, so each gets such peers of all others.
#[must_use]
pub fn late() -> (Late, Peer) {
    let cell = Arc::new(OnceLock::new());
    (Late(cell.clone()), Peer::new(Bound(cell)))
}

impl Late {
    /// From now on calls reach `peer`.
    pub fn bind(self, peer: Peer) {
        // `self` is consumed, so the cell is empty.
        drop(self.0.set(peer));
    }
}

#[derive(Clone)]
struct Bound(Arc<OnceLock<Peer>>);

impl Service<Request<Body>> for Bound {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.0.get() {
            Some(peer) => peer.clone().oneshot(request).boxed(),
            None => ready(Err(not_up())).boxed(),
        }
    }
}

fn not_up() -> Status {
    Refusal::unavailable("service").into()
}
