//! A service of this process, called without a socket.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use futures::TryFutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use proto::refusal::Refusal;
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{Service, ServiceExt};

use super::{Peer, deadline};

/// How long calls may take, in process as over the network (api.md, "Deadlines").
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a unary method: what a call without `grpc-timeout` gets, and the most it may ask for.
    pub unary: Duration,
    /// For a method that streams in either direction.
    pub streaming: Duration,
    /// Answers for a method path whether it streams.
    pub streams: fn(&str) -> bool,
}

impl Default for Limits {
    fn default() -> Self {
        let (unary, streaming) = (Duration::from_secs(30), Duration::from_secs(30 * 60));
        Self { unary, streaming, streams: proto::audience::is_streaming }
    }
}

impl Limits {
    /// Writes how long this call may take, and answers when that is over.
    pub(super) fn impose(&self, request: &mut Request<Body>) -> Instant {
        let most = if (self.streams)(request.uri().path()) { self.streaming } else { self.unary };
        let timeout = deadline::requested(request.headers()).map_or(most, |asked| asked.min(most));
        deadline::set(request.headers_mut(), timeout);
        Instant::now() + timeout
    }
}

/// The service behind `routes`, with the usual [`Limits`].
#[must_use]
pub fn local(routes: Routes) -> Peer {
    local_with(routes, Limits::default())
}

/// The service behind `routes`. A call ends with `DEADLINE_EXCEEDED` at its `grpc-timeout`, and a
/// stream is cut there; the callee's work is dropped, as when a network caller goes away.
#[must_use]
pub fn local_with(routes: Routes, limits: Limits) -> Peer {
    Peer::new(Local { routes: routes.prepare(), limits })
}

/// What a listener serves for `routes`: the same limits as in process. Over a socket nobody else reads
/// `grpc-timeout`, and a caller that gives up is not always heard.
pub fn served(routes: Routes) -> Router {
    let peer = local(routes);
    Router::new().fallback_service(tower::service_fn(move |request: Request<axum::body::Body>| {
        let answer = peer.clone().oneshot(request.map(Body::new));
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(Status::into_http)) }
    }))
}

#[derive(Clone)]
struct Local {
    routes: Routes,
    limits: Limits,
}

impl Service<Request<Body>> for Local {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let streams = (self.limits.streams)(request.uri().path());
        let deadline = self.limits.impose(&mut request);
        let answer = self.routes.call(request).map_err(|_| Refusal::internal().into());
        Box::pin(deadline::until(answer, deadline, streams))
    }
}
