//! How much a process works on at once; the rest is told to come back, at once and cheaply.
//!
//! Without a bound a slow database lets requests pile up until memory ends. A queue would only make all
//! of them late (their deadlines pass while they wait), so there is none: the load goes to another
//! replica, or back to the caller with a time to wait.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use proto::refusal::{Reason, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use crate::telemetry::Metrics;

/// When somebody who was turned away may come back.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is answered whatever the load: whoever watches the process must see that it lives.
const EXEMPT: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/grpc.health.v1."];

/// How much a process takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
#[group(skip)]
pub struct Load {
    /// Requests that are worked on at once; more are refused with UNAVAILABLE and a time to wait.
    #[arg(long = "requests-at-once", value_name = "N", default_value_t = 512)]
    pub requests: usize,
    /// Streams (watches, uploads) that are open at once, counted apart from requests.
    #[arg(long = "streams-at-once", value_name = "N", default_value_t = 2048)]
    pub streams: usize,
}

/// How a port tells requests from streams, and how it says no.
#[derive(Clone, Copy)]
pub struct Manners {
    /// Whether a request may last, such as a watch.
    pub streams: fn(&Request) -> bool,
    /// The answer for whoever is turned away.
    pub refuse: fn(&Request, Status) -> Response,
}

#[derive(Clone)]
struct Room {
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    manners: Manners,
    shed: Counter<u64>,
}

impl Manners {
    /// Those of a port that speaks gRPC only.
    #[must_use]
    pub fn grpc() -> Self {
        Self {
            streams: |request| proto::audience::is_streaming(request.uri().path()),
            refuse: |_, status| status.into_http(),
        }
    }
}

/// The router, with at most this load at once.
pub fn bounded(router: Router, load: Load, manners: Manners, metrics: &Metrics) -> Router {
    let meter = metrics.meter("serve");
    let shed = meter.u64_counter("roster.requests.shed");
    let room = Room {
        requests: Arc::new(Semaphore::new(load.requests)),
        streams: Arc::new(Semaphore::new(load.streams)),
        manners,
        shed: shed.with_description("Requests refused because too many were in flight").build(),
    };
    router.layer(middleware::from_fn_with_state(room, enter))
}

async fn enter(State(room): State<Room>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if EXEMPT.iter().any(|exempt| path.starts_with(exempt)) {
        return next.run(request).await;
    }
    let (kind, places) = match (room.manners.streams)(&request) {
        true => ("stream", &room.streams),
        false => ("request", &room.requests),
    };
    let Ok(place) = places.clone().try_acquire_owned() else {
        room.shed.add(1, &[KeyValue::new("kind", kind)]);
        return (room.manners.refuse)(&request, full());
    };
    next.run(request).await.map(|body| Body::new(Held { body, _place: place }))
}

fn full() -> Status {
    Refusal::new(Reason::Overloaded, "too many requests at once").retry_after(PATIENCE).into()
}

/// A body that keeps its place until it is sent or dropped.
struct Held {
    body: Body,
    _place: OwnedSemaphorePermit,
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
