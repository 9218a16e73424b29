//! `gateway transcode`: the transcoder alone, in front of any gRPC server.

mod contract;
mod upstream;

use std::sync::Arc;

use ::http::{Response, StatusCode, header};
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse;
use platform::serve::{self, Drained, Limits, Manners, Signals};
use platform::telemetry::Metrics;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::around;
use crate::config::TranscodeConfig;
use crate::transcode::{Options, Transcoder};

/// Serves until SIGTERM or SIGINT, then drains within the limit.
///
/// # Errors
/// Descriptors that cannot be read or contradict each other, an upstream that is no URL, a port in use.
pub async fn serve(settings: TranscodeConfig) -> anyhow::Result<()> {
    let signals = Signals::install().context("the signal handlers cannot be installed")?;
    let router = router(&settings)?;
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.with_context(|| format!("{} cannot be listened on", settings.listen))?;
    println!("gateway listens on http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let limits = Limits { drain: settings.drain, ..Limits::default() };
    let served = serve::run(listener, router, stop.clone(), limits);
    let (drained, ()) = tokio::join!(served, signals.cancel(stop));
    if let Drained::Cut(count) = drained {
        tracing::warn!(connections.cut = count, "the drain limit passed");
    }
    Ok(())
}

/// The transcoder with what stands around it.
///
/// # Errors
/// Descriptors that cannot be read or contradict each other, an upstream that is no URL.
pub fn router(settings: &TranscodeConfig) -> anyhow::Result<Router> {
    let pool = contract::read(&settings.descriptors)?;
    let upstream = upstream::connect(settings)?;
    let mut options = Options::new(move |_| Some(upstream.clone()));
    let chosen = settings.service.clone();
    if let Some(unknown) = chosen.iter().find(|name| pool.get_service_by_name(name).is_none()) {
        anyhow::bail!("the descriptors have no service {unknown}");
    }
    options.exposed = Arc::new(move |method| {
        chosen.is_empty() || chosen.iter().any(|name| name == method.parent_service().full_name())
    });
    options.bind_unannotated = settings.bind_unannotated;
    options.emit_defaults = settings.emit_defaults;
    options.ignore_unknown = settings.ignore_unknown;
    options.request_headers.push(header::AUTHORIZATION);
    options.request_headers.extend(settings.request_header.iter().cloned());
    options.response_headers.extend(settings.response_header.iter().cloned());
    options.limits.body = settings.body_bytes;
    options.limits.upload = settings.upload_bytes;
    options.deadlines.unary = settings.deadline;
    options.deadlines.unary_cap = settings.deadline_cap;
    let transcoder = Transcoder::new(pool, options)?;
    let routes = transcoder.routes().count();
    anyhow::ensure!(routes > 0, "no method has an HTTP rule; --bind-unannotated gives every method one");
    let router = around::packed(Router::new().fallback_service(transcoder));
    let manners = Manners { streams, refuse: Arc::new(too_busy) };
    let router = serve::bounded(router, settings.load, manners, &Metrics::new()?);
    Ok(around::cors(router, &settings.cors_origin, &settings.request_header, &settings.response_header))
}

/// Whether a request may last, by what it sends and asks for: the contract is not ours to know better.
fn streams(request: &Request) -> bool {
    const LASTING: [&str; 4] = ["text/event-stream", "ndjson", "multipart/", "octet-stream"];
    let said = [header::ACCEPT, header::CONTENT_TYPE].map(|name| request.headers().get(name));
    let said = said.into_iter().flatten().filter_map(|value| value.to_str().ok());
    said.into_iter().any(|kinds| LASTING.iter().any(|lasting| kinds.contains(lasting)))
}

/// In the form of every other refusal (AIP-193).
fn too_busy(_: &Request, status: Status) -> Response<Body> {
    let error = json!({"code": 503, "message": status.message(), "status": "UNAVAILABLE", "details": []});
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, json!({ "error": error }).to_string()).into_response()
}
