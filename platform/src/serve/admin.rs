//! What the admin address serves: health and metrics, on loopback by default.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::header::CONTENT_TYPE;

use super::Process;
use crate::telemetry::Metrics;

/// `/healthz`, `/readyz` and `/metrics` (Prometheus text).
pub fn admin(process: &Process) -> Router {
    let metrics = Router::new().route("/metrics", get(metrics)).with_state(process.metrics.clone());
    process.health.routes().merge(metrics)
}

async fn metrics(State(metrics): State<Metrics>) -> ([(http::HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.text())
}
