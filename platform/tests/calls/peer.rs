//! One test for each trap of calling in process (architecture.md, "Reaching each other").

use std::convert::Infallible;
use std::time::{Duration, Instant};

use futures::stream;
use http_body_util::BodyExt;
use platform::peer::{self, Limits};
use proto::identity::v1::CheckAccessRequest;
use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::refusal::{Reason, Refusal};
use tokio_stream::StreamExt;
use tonic::service::Routes;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::ServiceExt;

use crate::fixture::World;

fn user(name: &str) -> CheckAccessRequest {
    CheckAccessRequest { user: name.to_owned(), ..Default::default() }
}

fn timed(name: &str, timeout: Duration) -> Request<CheckAccessRequest> {
    let mut request = Request::new(user(name));
    request.set_timeout(timeout);
    request
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn client_futures_are_send() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    assert_send(client.check_access(user("any"))).await.unwrap();
}

#[tokio::test]
async fn a_status_crosses_with_its_details() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    let refused = client.authorize(proto::identity::v1::AuthorizeRequest::default()).await.unwrap_err();
    assert_eq!(Refusal::reason_of(&refused), Some(Reason::SessionMissing));
}

#[tokio::test]
async fn grpc_timeout_is_enforced_without_a_socket() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    let began = Instant::now();
    let late = client.check_access(timed("sleep", Duration::from_millis(30))).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
    assert!(peer::too_late(&late));
    assert!(began.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn a_call_without_a_timeout_gets_the_usual_one() {
    let usual = Limits::default();
    assert_eq!((usual.unary.as_secs(), usual.streaming.as_secs()), (30, 1800));
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    let response = client.check_access(user("any")).await.unwrap();
    assert_eq!(response.metadata().get("timeout").unwrap(), "30000000u");
    let mut client = AccessServiceClient::new(world.limited(Duration::from_millis(30)));
    let late = client.check_access(user("sleep")).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_longer_timeout_is_capped_and_the_callee_hears_it() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.limited(Duration::from_millis(30)));
    let response = client.check_access(timed("any", Duration::from_secs(3600))).await.unwrap();
    assert_eq!(response.metadata().get("timeout").unwrap(), "30000u");
    let late = client.check_access(timed("sleep", Duration::from_secs(3600))).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_further_call_gets_what_is_left_of_the_deadline() {
    let world = World::new();
    let service = world.process.signer("gateway").service_token("license", None).unwrap();
    let headers = [("roster-service", service.to_str().unwrap()), ("grpc-timeout", "200m")];
    let caller = world.caller_of("license", &headers).await.unwrap();
    let mut client = AccessServiceClient::new(world.peers("license").relay("identity", &caller).unwrap());
    let response = client.check_access(user("any")).await.unwrap();
    let timeout = response.metadata().get("timeout").unwrap().to_str().unwrap().to_owned();
    let micros: u64 = timeout.strip_suffix('u').unwrap().parse().unwrap();
    assert!(micros <= 200_000, "{timeout}");
    client.check_access(user("sleep")).await.unwrap_err();
    let late = client.check_access(user("any")).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded, "no time is left at all");
}

#[tokio::test]
async fn the_callees_work_is_dropped_with_the_call() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    tokio::select! {
        _ = client.check_access(user("sleep")) => unreachable!("it sleeps"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(world.times_asked(), 1, "the caller went away");
    client.check_access(timed("sleep", Duration::from_millis(10))).await.unwrap_err();
    assert_eq!(world.times_asked(), 2, "the deadline passed");
}

#[tokio::test]
async fn the_largest_message_is_the_same_without_a_socket() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    let refused = client.check_access(user(&"x".repeat(5 << 20))).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
}

#[tokio::test]
async fn a_panic_stays_inside_the_callee() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    let failed = client.check_access(user("panic")).await.unwrap_err();
    assert_eq!(failed.code(), Code::Internal);
    assert!(!failed.message().contains("fault"), "the text of a panic is not shown");
    client.check_access(user("any")).await.unwrap();
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let world = World::new();
    let mut client = HealthClient::new(world.identity.clone());
    let refused = client.check(HealthCheckRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_stream_is_cut_at_its_deadline() {
    let (_reporter, health) = tonic_health::server::health_reporter();
    let limits = Limits { streaming: Duration::from_millis(50), streams: |_| true, ..Limits::default() };
    let mut client = HealthClient::new(peer::local_with(Routes::new(health), limits));
    let mut stream = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    stream.next().await.unwrap().unwrap();
    let cut = stream.next().await.unwrap().unwrap_err();
    assert_eq!(cut.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_stream_that_always_has_more_to_say_is_cut_too() {
    let chatter = async || axum::body::Body::from_stream(stream::repeat(Ok::<_, Infallible>("more")));
    let limits = Limits { streaming: Duration::from_millis(50), streams: |_| true, ..Limits::default() };
    let peer = peer::local_with(Routes::from(axum::Router::new().fallback(chatter)), limits);
    let answer = peer.oneshot(http::Request::new(tonic::body::Body::empty())).await.unwrap();
    let (mut body, started) = (answer.into_body(), Instant::now());
    let cut = loop {
        match body.frame().await.unwrap() {
            Ok(_) => assert!(started.elapsed() < Duration::from_secs(10), "it goes on"),
            Err(status) => break status,
        }
    };
    assert_eq!(cut.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_late_peer_answers_once_it_is_bound() {
    let world = World::new();
    let (late, peer) = peer::late();
    let mut client = AccessServiceClient::new(peer);
    assert_eq!(client.check_access(user("any")).await.unwrap_err().code(), Code::Unavailable);
    late.bind(world.identity.clone());
    client.check_access(user("any")).await.unwrap();
}

#[tokio::test]
async fn an_unknown_peer_is_a_missing_dependency() {
    let world = World::new();
    let refused = world.peers("license").work("import", None).unwrap_err();
    assert_eq!(refused.reason, Reason::DependencyUnavailable);
}
