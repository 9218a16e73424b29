use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Method, Request};
use http_body_util::BodyExt;
use platform::serve::{self, Load, Manners};
use platform::telemetry::Metrics;
use tonic::{Code, Status};
use tower::ServiceExt;

fn port(load: Load, metrics: &Metrics) -> Router {
    let router = Router::new()
        .route("/work", get(async || "done"))
        .route("/healthz", get(async || "ok"))
        .route("/grpc.health.v1.Health/{method}", get(async || "serving"))
        .route("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", get(async || "shown"))
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

#[tokio::test]
async fn what_lasts_among_grpcs_own_services_is_a_stream_and_a_check_is_always_answered() {
    let metrics = Metrics::new().unwrap();
    let port = port(Load { requests: 1, streams: 2 }, &metrics);
    let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let lasting = [ask(&port, "/grpc.health.v1.Health/Watch").await, ask(&port, reflection).await];
    assert!(!lasting.iter().any(refused));
    assert!(refused(&ask(&port, reflection).await));
    let _work = ask(&port, "/work").await;
    for _ in 0..3 {
        assert!(!refused(&ask(&port, "/grpc.health.v1.Health/Check").await));
    }
    assert!(refused(&ask(&port, "/healthz/more").await), "no path is free for how it begins");
}

#[tokio::test]
async fn the_question_of_a_page_takes_no_place() {
    let port = port(Load { requests: 0, streams: 0 }, &Metrics::new().unwrap());
    let asked = |name| Request::builder().method(Method::OPTIONS).uri("/work").header(name, "POST");
    let question = asked("access-control-request-method").body(Body::empty()).unwrap();
    assert!(!refused(&port.clone().oneshot(question).await.unwrap()));
    let other = asked("x-other").body(Body::empty()).unwrap();
    assert!(refused(&port.oneshot(other).await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_gives_its_place_back() {
    let port = port(Load { requests: 1, streams: 1 }, &Metrics::new().unwrap());
    let untaken = ask(&port, "/work").await;
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert!(refused(&ask(&port, "/work").await));
    tokio::time::sleep(Duration::from_secs(20)).await;
    let next = ask(&port, "/work").await;
    assert!(!refused(&next));
    assert!(untaken.into_body().collect().await.is_err(), "half an answer is none");
    assert_eq!(next.into_body().collect().await.unwrap().to_bytes(), "done");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_has_nothing_to_say_keeps_its_place() {
    let quiet = async || Body::from_stream(futures::stream::pending::<std::io::Result<String>>());
    let router = Router::new().route("/work", get(quiet));
    let load = Load { requests: 1, streams: 1 };
    let port = serve::bounded(router, load, Manners::grpc(), &Metrics::new().unwrap());
    let mut watched = ask(&port, "/work").await.into_body();
    // It was asked for, and has nothing yet.
    assert!(futures::poll!(watched.frame()).is_pending());
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(refused(&ask(&port, "/work").await));
    assert!(futures::poll!(watched.frame()).is_pending());
}
