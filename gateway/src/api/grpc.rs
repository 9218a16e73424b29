//! gRPC straight through, on the same port as everything else.
//!
//! Bytes are not decoded. Only an allow-list of metadata goes in and out: a
//! client can never send the internal tokens itself.

mod own;
mod web;

use std::convert::Infallible;
use std::sync::Arc;

use ::http::{HeaderMap, HeaderName, Method, Request, Response, header};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use platform::caller::REQUEST_ID_HEADER;
use platform::serve::Process;
use platform::telemetry;
use prost_reflect::MethodDescriptor;
use proto::audience;
use proto::refusal::{Reason, Refusal};
use tonic::Status;
use tower::ServiceExt;

use self::own::Own;
use super::around;
use crate::app::App;
use crate::app::visitor::{self, Visitor};
use crate::transcode::unsent;

const INWARD: [&str; 11] = [
    "content-type",
    "te",
    "user-agent",
    "grpc-timeout",
    "grpc-encoding",
    "grpc-accept-encoding",
    "accept-language",
    "idempotency-key",
    "traceparent",
    "tracestate",
    REQUEST_ID_HEADER,
];
const OUTWARD: [&str; 8] = [
    "content-type",
    "date",
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "grpc-encoding",
    "grpc-accept-encoding",
    "idempotency-replayed",
];

/// Answers gRPC and gRPC-Web itself and leaves everything else to `others`; each request has its ids.
///
/// # Errors
///
/// A contract that reflection cannot show.
pub fn beside(others: Router, app: App, process: &Process) -> anyhow::Result<Router> {
    let pages_of = app.config.cors_origins.clone();
    let door = Arc::new(Door { app, own: Own::new(process)? });
    let pages = Router::new().fallback(from_page).with_state(Arc::clone(&door));
    let asked_first = !pages_of.is_empty();
    let state = Doors { door, pages: around::cors(pages, &pages_of, &[], &[]), asked_first, others };
    let visits = telemetry::Door::new(&process.metrics);
    let visited = axum::middleware::from_fn_with_state(visits, telemetry::enter);
    Ok(Router::new().fallback(open).with_state(Arc::new(state)).layer(visited))
}

struct Doors {
    door: Arc<Door>,
    /// gRPC-Web, for pages of other origins too.
    pages: Router,
    /// Whether a page of another origin may ask what it may send (CORS preflight).
    asked_first: bool,
    others: Router,
}

struct Door {
    app: App,
    own: Own,
}

/// How a request says that it is gRPC.
enum Wire {
    Grpc,
    Web,
    Other,
}

async fn open(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    match wire(request.headers()) {
        Wire::Grpc => answer(&doors.door, request).await,
        Wire::Web => doors.pages.clone().oneshot(request).await,
        Wire::Other if doors.asked_first && is_question_of_page(&request) => {
            doors.pages.clone().oneshot(request).await
        }
        Wire::Other => other(doors.others.clone(), request).await,
    }
}

/// What is no gRPC. HEAD is answered without a length, not with 0 (RFC 9110, 8.6).
async fn other(others: Router, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let is_head = request.method() == Method::HEAD;
    let answer = others.oneshot(request).await?;
    if !is_head {
        return Ok(answer);
    }
    // The inner router has taken the body away, and the one around it would tell the length of what is left.
    Ok(answer.map(|_| unsent()))
}

fn is_question_of_page(request: &Request<Body>) -> bool {
    let path = request.uri().path();
    request.method() == Method::OPTIONS && (own::is_own(path) || public_method(path).is_ok())
}

async fn from_page(State(door): State<Arc<Door>>, request: Request<Body>) -> Response<Body> {
    let grpc = tower::service_fn(|request: Request<tonic::body::Body>| {
        let door = Arc::clone(&door);
        async move { answer(&door, request.map(Body::new)).await }
    });
    web::call(grpc, request).await
}

fn wire(headers: &HeaderMap) -> Wire {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.strip_prefix("application/grpc") {
        Some(rest) if rest.starts_with("-web") => Wire::Web,
        Some(rest) if rest.is_empty() || rest.starts_with(['+', ';']) => Wire::Grpc,
        _ => Wire::Other,
    }
}

async fn answer(door: &Door, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    if own::is_own(request.uri().path()) {
        return Ok(door.own.answer(request).await);
    }
    Ok(match pass(&door.app, request).await {
        Ok(response) => response,
        Err(status) => status.into_http(),
    })
}

async fn pass(app: &App, request: Request<Body>) -> Result<Response<Body>, Status> {
    let method = public_method(request.uri().path())?;
    let service = method.parent_service();
    let (name, peer) = app.upstreams.of(service.full_name()).ok_or_else(unimplemented)?;
    let credential = visitor::bearer(request.headers())?;
    let visitor = Visitor::admit(app, credential, request.headers()).await?;
    let mut metadata = only(request.headers(), &INWARD);
    metadata.extend(visitor.metadata(app, name)?);
    let (parts, body) = request.into_parts();
    let mut inward = Request::new(tonic::body::Body::new(body));
    *inward.method_mut() = parts.method;
    *inward.uri_mut() = parts.uri;
    *inward.version_mut() = ::http::Version::HTTP_2;
    *inward.headers_mut() = metadata;
    let answer = peer.oneshot(inward).await?;
    let (mut parts, body) = answer.into_parts();
    parts.headers = only(&parts.headers, &OUTWARD);
    parts.extensions.clear();
    Ok(Response::from_parts(parts, Body::new(body)))
}

/// INTERNAL methods are answered like methods that do not exist.
fn public_method(path: &str) -> Result<MethodDescriptor, Status> {
    let (service, method) = path.trim_start_matches('/').split_once('/').ok_or_else(unimplemented)?;
    let service = audience::POOL.get_service_by_name(service).ok_or_else(unimplemented)?;
    let found = service.methods().find(|candidate| candidate.name() == method);
    found.filter(audience::is_public).ok_or_else(unimplemented)
}

fn unimplemented() -> Status {
    Refusal::new(Reason::Unimplemented, "there is no such method").into()
}

fn only(headers: &HeaderMap, allowed: &[&'static str]) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in allowed {
        for value in headers.get_all(*name) {
            kept.append(HeaderName::from_static(name), value.clone());
        }
    }
    kept
}
