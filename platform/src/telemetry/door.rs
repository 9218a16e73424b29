//! The outermost layer of the one port: where a request gets its ids, and where its trace begins.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{self, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::middleware::Next;
use http::{Method, Request, Response};
use http_body::{Frame, SizeHint};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, UpDownCounter};
use opentelemetry::trace::SpanKind;

use super::metrics::LATENCY;
use super::trace::Span;
use super::{Metrics, trace};
use crate::caller::{REQUEST_ID_HEADER, ensure_request_id};

/// Figures of the door (`http.server.request.duration` and `…active_requests` of OpenTelemetry). Cheap
/// to clone.
#[derive(Clone, Debug)]
pub struct Door {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
}

/// A request from outside, until the end of its answer.
struct Visit {
    door: Door,
    method: &'static str,
    span: tracing::Span,
    work: Span,
    began: Instant,
    status: u16,
}

/// An answer whose end ends the visit.
struct Visiting {
    body: Body,
    visit: Visit,
}

impl Door {
    /// No visit yet.
    #[must_use]
    pub fn new(metrics: &Metrics) -> Self {
        let meter = metrics.meter("gateway");
        let duration = meter.f64_histogram("http.server.request.duration").with_unit("s");
        let duration = duration.with_description("How long requests from outside took, to the last byte.");
        let active = meter.i64_up_down_counter("http.server.active_requests");
        let active = active.with_description("Requests from outside under way.");
        Self { duration: duration.with_boundaries(LATENCY.to_vec()).build(), active: active.build() }
    }
}

/// The middleware: request id and trace context are believed when they are well formed and made anew
/// when not; behind it they are ours. The span has the method, never the path, which may hold anything.
pub async fn enter(State(door): State<Door>, mut request: Request<Body>, next: Next) -> Response<Body> {
    let headers = request.headers_mut();
    let id = ensure_request_id(headers);
    headers.remove("tracestate");
    let parent = trace::incoming(headers);
    let method = known(request.method());
    let attributes =
        || vec![KeyValue::new("http.request.method", method), KeyValue::new("rpc.service", "gateway")];
    let work = Span::begin(method, SpanKind::Server, &parent, attributes);
    work.inject(request.headers_mut());
    let request_id = id.to_str().unwrap_or_default();
    let span = tracing::error_span!("http", request.id = request_id, trace.id = %work.trace_id());
    let visit = Visit::begin(door, method, span, work);
    let mut answer = Box::pin(next.run(request));
    let mut response = std::future::poll_fn(|context| visit.within(|| answer.as_mut().poll(context))).await;
    response.headers_mut().entry(REQUEST_ID_HEADER).or_insert(id);
    let mut visit = visit;
    visit.status = response.status().as_u16();
    response.map(|body| Body::new(Visiting { body, visit }))
}

/// The method, unless it is a text of the caller's own making.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

impl Visit {
    fn begin(door: Door, method: &'static str, span: tracing::Span, work: Span) -> Self {
        door.active.add(1, &[]);
        // Nobody waited for the answer: as nginx counts it.
        let status = 499;
        Self { door, method, span, work, began: Instant::now(), status }
    }

    fn within<T>(&self, step: impl FnOnce() -> T) -> T {
        let _here = self.work.context().clone().attach();
        self.span.in_scope(step)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let (status, took) = (i64::from(self.status), self.began.elapsed());
        let (method, code) = (
            KeyValue::new("http.request.method", self.method),
            KeyValue::new("http.response.status_code", status),
        );
        self.door.duration.record(took.as_secs_f64(), &[method, code]);
        self.door.active.add(-1, &[]);
        self.work.set("http.response.status_code", status);
        if self.status >= 500 {
            self.work.fail("the answer is a fault");
        }
        self.span
            .in_scope(|| tracing::debug!(http.status = status, duration.us = took.as_micros(), "answered"));
        self.work.end();
    }
}

impl http_body::Body for Visiting {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        this.visit.within(|| Pin::new(&mut this.body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
