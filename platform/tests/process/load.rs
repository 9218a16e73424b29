use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Request;
use platform::serve::{self, Load, Manners};
use platform::telemetry::Metrics;
use tonic::{Code, Status};
use tower::ServiceExt;

fn port(load: Load, metrics: &Metrics) -> Router {
    let router = Router::new()
        .route("/work", get(async || "done"))
        .route("/healthz", get(async || "ok"))
        .route("/roster.imports.v1.ImportService/WatchImport", get(async || "watching"));
    serve::bounded(router, load, Manners::grpc(), metrics)
}

async fn ask(port: &Router, path: &str) -> http::Response<Body> {
    port.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
}

fn refused(answer: &http::Response<Body>) -> bool {
    Status::from_header_map(answer.headers()).is_some_and(|status| status.code() == Code::Unavailable)
}

#[tokio::test]
async fn whoever_comes_above_the_bound_is_told_to_come_back_and_health_is_always_told() {
    let metrics = Metrics::new().unwrap();
    let port = port(Load { requests: 1, streams: 1 }, &metrics);
    let first = ask(&port, "/work").await;
    let second = ask(&port, "/work").await;
    assert!(refused(&second), "{:?}", second.headers());
    let details = second.headers().get("grpc-status-details-bin");
    assert!(details.is_some(), "RetryInfo says when to come back");
    assert_eq!(ask(&port, "/healthz").await.status(), 200);
    assert!(!refused(&ask(&port, "/healthz").await));
    let watch = "/roster.imports.v1.ImportService/WatchImport";
    let watching = ask(&port, watch).await;
    assert!(!refused(&watching), "streams are counted apart");
    assert!(refused(&ask(&port, watch).await));
    assert!(metrics.text().contains("roster_requests_shed_total"), "{}", metrics.text());

    drop(first);
    assert!(!refused(&ask(&port, "/work").await), "a place is free once its answer is gone");
}
