//! A real tonic server behind the transcoder: the health service, without any annotation.

use gateway::transcode::{Options, Transcoder, Upstream};
use http_body_util::BodyExt;
use prost_reflect::DescriptorPool;
use serde_json::{Value, json};
use tonic::{Status, service::Routes};
use tonic_health::{ServingStatus, pb::FILE_DESCRIPTOR_SET};
use tower::Service;

use super::world::request;

async fn health() -> Transcoder {
    let (reporter, server) = tonic_health::server::health_reporter();
    reporter.set_service_status("ready", ServingStatus::Serving).await;
    let routes = Routes::new(server);
    let upstream = Upstream::new(tower::service_fn(move |request| {
        let mut routes = routes.clone();
        async move { routes.call(request).await.map_err(|never| Status::unknown(never.to_string())) }
    }));
    let mut options = Options::new(move |_| Some(upstream.clone()));
    options.bind_unannotated = true;
    Transcoder::new(DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap(), options).unwrap()
}

async fn check(service: &str) -> (u16, Value) {
    let body = json!({"service": service}).to_string();
    let response = health().await.answer(request("POST", "/grpc.health.v1.Health/Check", &[], body)).await;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_unary_call_is_answered_and_refused() {
    assert_eq!(check("ready").await, (200, json!({"status": "SERVING"})));
    let (status, body) = check("nobody").await;
    assert_eq!((status, &body["error"]["status"]), (404, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn a_watch_sends_its_snapshot_at_once() {
    let headers = [("accept", "text/event-stream")];
    let body = json!({"service": "ready"}).to_string();
    let request = request("POST", "/grpc.health.v1.Health/Watch", &headers, body);
    let mut response = health().await.answer(request).await;
    let first = response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "data: {\"status\":\"SERVING\"}\n\n");
}
