//! What the gateway answers itself to anybody, and what it says when it is full.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use gateway::{Config, Site, Upstreams};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use platform::clock::Clock;
use platform::keys::Keys;
use platform::peer::{self, Peer};
use platform::serve::{self, Load, Process};
use platform::testing::within;
use prost::Message;
use proto::identity::v1::Organization;
use tonic::Status;
use tonic_health::pb::HealthCheckRequest;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tower::{ServiceExt, service_fn};

const WATCH: &str = "/grpc.health.v1.Health/Watch";
const CHECK: &str = "/grpc.health.v1.Health/Check";
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const ORIGIN: &str = "https://app.example";

fn door(load: Load) -> (Router, Process) {
    door_to(peer::late().1, load)
}

fn door_to(identity: Peer, load: Load) -> (Router, Process) {
    let process = Process::new(Clock::system(), Keys::ephemeral().unwrap()).unwrap();
    let absent = || peer::late().1;
    let upstreams = Upstreams { identity, license: absent(), import: absent(), notify: absent() };
    let site = Site { public_origin: "https://roster.example".to_owned(), development: false };
    let config = Config { cors_origins: vec![HeaderValue::from_static(ORIGIN)], ..Config::default() };
    let manners = config.manners();
    let door = gateway::build(config, site, &process, upstreams).unwrap();
    (serve::bounded(door, load, manners, &process.metrics), process)
}

/// A message with its header.
fn framed(message: &impl Message) -> Vec<u8> {
    let bytes = message.encode_to_vec();
    [&[0_u8][..], &u32::try_from(bytes.len()).unwrap().to_be_bytes(), &bytes].concat()
}

/// A service that gives everybody the same answer.
fn always(message: &impl Message) -> Peer {
    let framed = Bytes::from(framed(message));
    Peer::new(service_fn(move |_request: Request<tonic::body::Body>| {
        let mut response = Response::new(tonic::body::Body::new(Full::new(framed.clone())));
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/grpc"));
        headers.insert("grpc-status", HeaderValue::from_static("0"));
        std::future::ready(Ok::<_, Status>(response))
    }))
}

/// A message, and then nothing while the way stays open.
fn question(path: &str, message: &impl Message) -> Request<Body> {
    let lasting = stream::iter([Ok::<_, std::io::Error>(framed(message))]).chain(stream::pending());
    let body = match path {
        REFLECTION => Body::from_stream(lasting),
        _ => Body::from_stream(lasting.take(1)),
    };
    Request::post(path).header("content-type", "application/grpc").body(body).unwrap()
}

fn reflection() -> Request<Body> {
    let message_request = Some(MessageRequest::ListServices(String::new()));
    question(REFLECTION, &ServerReflectionRequest { host: String::new(), message_request })
}

async fn ask(door: &Router, request: Request<Body>) -> Response<Body> {
    within("the answer", door.clone().oneshot(request)).await.unwrap()
}

fn status(headers: &HeaderMap) -> Option<&str> {
    headers.get("grpc-status").map(|status| status.to_str().unwrap())
}

#[tokio::test]
async fn anonymous_streams_are_counted_and_take_no_place_of_a_request() {
    let (door, _process) = door(Load { requests: 1, streams: 2 });
    let health = HealthCheckRequest::default();
    let held = [ask(&door, question(WATCH, &health)).await, ask(&door, reflection()).await];
    assert!(held.iter().all(|answer| status(answer.headers()).is_none()));
    for more in [question(WATCH, &health), reflection()] {
        assert_eq!(status(ask(&door, more).await.headers()), Some("14"), "there is no room for a third");
    }
    let page = ask(&door, Request::get("/sign-in").body(Body::empty()).unwrap()).await;
    assert_eq!(page.status(), 200);
    // A check is answered though the one place of a request is taken by that page.
    let checked = ask(&door, question(CHECK, &health)).await;
    let trailers = within("the end", checked.into_body().collect()).await.unwrap();
    assert_eq!(trailers.trailers().and_then(status), Some("0"));
}

#[tokio::test]
async fn reflection_ends_when_the_process_drains() {
    let (door, process) = door(Load { requests: 1, streams: 1 });
    let mut answer = ask(&door, reflection()).await.into_body();
    let first = within("the services", answer.frame()).await.unwrap().unwrap();
    assert!(first.is_data());
    process.draining.cancel();
    let rest = within("the end", answer.collect()).await.unwrap();
    assert_eq!(rest.trailers().and_then(status), Some("0"));
}

#[tokio::test(start_paused = true)]
async fn nobody_keeps_a_stream_for_ever() {
    let (door, _process) = door(Load { requests: 1, streams: 2 });
    for request in [question(WATCH, &HealthCheckRequest::default()), reflection()] {
        let answer = door.clone().oneshot(request).await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(301), answer.into_body().collect()).await;
        assert!(ended.is_ok());
    }
}

#[tokio::test]
async fn a_full_door_says_so_to_pages_of_other_origins() {
    let (door, _process) = door(Load { requests: 0, streams: 0 });
    let path = "/roster.identity.v1.UserService/ListUsers";
    for (origin, let_in) in [(ORIGIN, true), ("https://evil.example", false)] {
        for (uri, kind) in [
            (path, "application/grpc-web+proto"),
            (path, "application/grpc-web-text"),
            ("/v1/organizations", "application/json"),
        ] {
            let request = Request::post(uri).header("origin", origin).header("content-type", kind);
            let answer = ask(&door, request.body(Body::empty()).unwrap()).await;
            let headers = answer.headers();
            assert_eq!(headers.get("content-type").unwrap(), kind);
            assert_eq!(status(headers).is_some(), kind != "application/json");
            let named = headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
            assert_eq!(named, let_in.then_some(origin), "{kind}");
            let read =
                headers.get_all("access-control-expose-headers").iter().any(|name| name == "grpc-status");
            assert_eq!(read, let_in, "{kind}");
        }
        let asked = Request::options(path).header("origin", origin);
        let asked = asked.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
        assert_eq!(ask(&door, asked).await.status(), 200, "what a browser asks first");
    }
}

#[tokio::test]
async fn head_never_says_a_length_that_get_does_not_send() {
    for (length, is_packed) in [(10, false), (2_000, true)] {
        let organization = Organization { display_name: "x".repeat(length), ..Organization::default() };
        let (door, _process) = door_to(always(&organization), Load { requests: 2, streams: 1 });
        let request = |method: &str| {
            let request = Request::builder().method(method).uri("/v1/organizations/one");
            request.header("accept-encoding", "gzip").body(Body::empty()).unwrap()
        };
        let (sent, body) = ask(&door, request("GET")).await.into_parts();
        assert_eq!((sent.status.as_u16(), sent.headers.contains_key("content-encoding")), (200, is_packed));
        drop(body);
        let (told, body) = ask(&door, request("HEAD")).await.into_parts();
        assert_eq!(told.status, sent.status);
        assert_eq!(told.headers.get("content-type"), sent.headers.get("content-type"), "{length}");
        let said = told.headers.get("content-length");
        assert!(said.is_none() || said == sent.headers.get("content-length"), "{said:?} of {length}");
        assert!(within("the end", body.collect()).await.unwrap().to_bytes().is_empty());
    }
}
