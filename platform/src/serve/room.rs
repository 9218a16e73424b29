//! How much a process works on at once; the rest is told to come back, at once and cheaply.
//!
//! Without a bound a slow database lets requests pile up until memory ends. A queue would only make all
//! of them late (their deadlines pass while they wait), so there is none: the load goes to another
//! replica, or back to the caller with a time to wait.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use http::Method;
use http::header::ACCESS_CONTROL_REQUEST_METHOD;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use proto::refusal::{Reason, Refusal};
use tokio::sync::Semaphore;
use tonic::Status;

use super::still::Answers;
use crate::telemetry::Metrics;

/// When somebody who was turned away may come back.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is answered whatever the load: whoever watches the process must see that it lives.
const EXEMPT: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/grpc.health.v1.Health/Check"];
/// The rest of gRPC's own services lasts for as long as the client likes: watches, reflection.
const OWN: &str = "/grpc.";

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

/// Answers whoever is turned away.
type Refuse = dyn Fn(&Request, Status) -> Response + Send + Sync;

/// How a port tells requests from streams, and how it says no.
#[derive(Clone)]
pub struct Manners {
    /// Whether a request may last, such as a watch; those of gRPC's own services always may.
    pub streams: fn(&Request) -> bool,
    /// The answer for whoever is turned away.
    pub refuse: Arc<Refuse>,
}

#[derive(Clone)]
struct Room {
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    manners: Manners,
    shed: Counter<u64>,
    answers: Answers,
}

impl Manners {
    /// Those of a port that speaks gRPC only.
    #[must_use]
    pub fn grpc() -> Self {
        Self {
            streams: |request| proto::audience::is_streaming(request.uri().path()),
            refuse: Arc::new(|_, status| status.into_http()),
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
        answers: Answers::default(),
    };
    router.layer(middleware::from_fn_with_state(room, enter))
}

async fn enter(State(room): State<Room>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if EXEMPT.contains(&path) || is_question_of_page(&request) {
        return next.run(request).await;
    }
    let (kind, places) = match path.starts_with(OWN) || (room.manners.streams)(&request) {
        true => ("stream", &room.streams),
        false => ("request", &room.requests),
    };
    let Ok(place) = places.clone().try_acquire_owned() else {
        room.shed.add(1, &[KeyValue::new("kind", kind)]);
        return (room.manners.refuse)(&request, full());
    };
    next.run(request).await.map(|body| room.answers.hold(body, place))
}

/// A browser that is refused here never asks the question proper, and its page learns nothing of the load.
fn is_question_of_page(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn full() -> Status {
    Refusal::new(Reason::Overloaded, "too many requests at once").retry_after(PATIENCE).into()
}
