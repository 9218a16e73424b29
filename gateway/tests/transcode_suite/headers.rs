//! Headers into metadata and back, deadlines, admission.

use std::sync::Arc;

use async_trait::async_trait;
use gateway::transcode::Admission;
use http::request::Parts;
use platform::testing::within;
use prost_reflect::MethodDescriptor;
use serde_json::json;
use tonic::{Status, metadata::MetadataMap};

use super::world::{Reply, World, request};

#[tokio::test]
async fn only_listed_headers_become_metadata() {
    let world = World::new();
    let headers = [
        ("accept-language", "de"),
        ("traceparent", "00-1"),
        ("authorization", "Bearer x"),
        ("cookie", "a=b"),
        ("grpc-metadata-roster-caller", "root"),
        ("roster-caller", "root"),
        ("grpc-status", "0"),
        ("grpc-encoding", "gzip"),
        ("x-forwarded-for", "1.2.3.4"),
        ("host", "evil"),
        ("user-agent", "curl"),
        ("connection", "close"),
    ];
    world.call("GET", "/v1/things", &headers, "").await;
    let metadata = world.heard().metadata;
    let mut names: Vec<&str> = metadata.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept-language", "content-type", "grpc-timeout", "te", "traceparent"]);
    assert_eq!(metadata["content-type"], "application/grpc");
}

#[tokio::test]
async fn only_listed_metadata_becomes_headers() {
    let world = World::new();
    world.on("GetThing", |heard| {
        Reply::raw(heard.raw[0].clone())
            .with_header("idempotency-replayed", "true")
            .with_header("set-cookie", "a=b")
            .with_header("x-internal", "1")
    });
    let answer = world.get("/v1/things/one").await;
    let mut names: Vec<&str> = answer.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "idempotency-replayed"]);
}

#[tokio::test]
async fn deadlines_are_taken_capped_and_passed_on() {
    let world = World::new();
    let table = [
        (None, 29.0, 30.0),
        (Some(("grpc-timeout", "5S")), 4.0, 5.0),
        (Some(("grpc-timeout", "700m")), 0.6, 0.7),
        (Some(("grpc-timeout", "99999999H")), 59.0, 60.0),
        (Some(("x-server-timeout", "1.5")), 1.4, 1.5),
        (Some(("x-server-timeout", "600")), 59.0, 60.0),
    ];
    for (header, low, high) in table {
        world.call("GET", "/v1/things", header.as_slice(), "").await;
        let told = world.heard().metadata["grpc-timeout"].to_str().unwrap().to_owned();
        let micros: f64 = told.strip_suffix('u').unwrap().parse().unwrap();
        assert!((low..=high).contains(&(micros / 1e6)), "{header:?}: {told}");
    }
    let both = [("grpc-timeout", "5S"), ("x-server-timeout", "2")];
    world.call("GET", "/v1/things", &both, "").await;
    assert!(world.heard().metadata["grpc-timeout"].to_str().unwrap() <= "2000000u");
    for wrong in ["5", "S", "-5S", "123456789S", "5s", "é"] {
        let answer = world.call("GET", "/v1/things", &[("grpc-timeout", wrong)], "").await;
        answer.blames("grpc-timeout");
    }
    for wrong in ["", "x", "-1", "NaN", "1e3"] {
        world.call("GET", "/v1/things", &[("x-server-timeout", wrong)], "").await.blames("x-server-timeout");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_over_its_deadline_is_504_and_is_dropped() {
    let world = World::new();
    let (sender, reply) = Reply::channel();
    let reply = std::sync::Mutex::new(Some(reply));
    world.on("GetThing", move |_| reply.lock().unwrap().take().unwrap());
    let answer = world.call("GET", "/v1/things/one", &[("grpc-timeout", "5S")], "").await;
    assert_eq!(answer.status, 504);
    assert_eq!(answer.json()["error"]["details"][0]["reason"], "DEADLINE_EXCEEDED");
    world.server.dropped.notified().await;
    assert!(sender.is_closed());
    assert_eq!(world.call("GET", "/v1/things", &[("grpc-timeout", "0S")], "").await.status, 504);
}

struct Doorkeeper;

#[async_trait]
impl Admission for Doorkeeper {
    async fn admit(&self, method: &MethodDescriptor, request: &Parts) -> Result<MetadataMap, Status> {
        let key = request.headers.get("authorization").ok_or_else(|| Status::unauthenticated("no key"))?;
        assert_eq!(method.name(), "CreateThing");
        let mut metadata = MetadataMap::new();
        metadata.insert("roster-caller", key.to_str().unwrap().parse().unwrap());
        metadata.insert("accept-language", "fr".parse().unwrap());
        Ok(metadata)
    }
}

#[tokio::test]
async fn the_hook_admits_with_metadata_or_refuses_before_the_body_is_read() {
    let world = World::with(|options| options.admission = Arc::new(Doorkeeper));
    let answer = world.post("/v1/things", "not JSON").await;
    assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(answer.json()["error"]["message"], "no key");
    let headers = [("authorization", "secret"), ("accept-language", "de")];
    world.call("POST", "/v1/things", &headers, "{}").await;
    let metadata = world.heard().metadata;
    assert_eq!(
        (&metadata["roster-caller"], &metadata["accept-language"]),
        (&"secret".parse().unwrap(), &"fr".parse().unwrap())
    );
    assert!(!metadata.contains_key("authorization"));
}

#[tokio::test]
async fn an_idempotency_key_fills_the_request_id() {
    let world = World::new();
    let call = |key: &'static str, body: &'static str| {
        let world = &world;
        async move { world.call("POST", "/v1/things", &[("idempotency-key", key)], body).await }
    };
    call("k1", "{}").await;
    assert_eq!(world.heard().json(), json!({"requestId": "k1"}));
    assert_eq!(call("k1", r#"{"requestId":"k1"}"#).await.status, 200);
    call("k1", r#"{"requestId":"k2"}"#).await.blames("request_id");
    call("é", "{}").await.blames("idempotency-key");
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    world.call("POST", "/v1/things", &twice, "{}").await.blames("idempotency-key");
    let answer = world.call("PATCH", "/v1/things/x", &[("idempotency-key", "a")], "{}").await;
    assert_eq!(answer.status, 200, "a method without request_id is idempotent by nature");
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_call_with_it() {
    let world = World::new();
    let (sender, reply) = Reply::channel();
    let reply = std::sync::Mutex::new(Some(reply));
    let (begins, mut begun) = tokio::sync::watch::channel(false);
    world.on("GetThing", move |_| {
        begins.send_replace(true);
        reply.lock().unwrap().take().unwrap()
    });
    let call = world.get("/v1/things/one");
    tokio::select! {
        answer = call => panic!("answered: {answer:?}"),
        begun = within("the call", begun.wait_for(|begun| *begun)) => drop(begun.unwrap()),
    }
    within("the end of the call", world.server.dropped.notified()).await;
    assert!(sender.is_closed());
}

#[tokio::test]
async fn a_client_that_goes_away_while_it_watches_takes_its_call_with_it() {
    let world = World::new();
    let (sender, reply) = Reply::channel();
    let reply = std::sync::Mutex::new(Some(reply));
    world.on("Watch", move |_| reply.lock().unwrap().take().unwrap());
    let uri = "/v1/things/one:watch";
    let answer = within("the head", world.open(request("GET", uri, &[], ""))).await;
    assert_eq!(answer.status(), 200);
    drop(answer);
    within("the end of the call", world.server.dropped.notified()).await;
    assert!(sender.is_closed());
}

/// Names a client may try: of our own metadata, of gRPC, of proxies, with prefixes of other gateways.
fn hostile_names() -> Vec<String> {
    let prefixes =
        ["", "x-", "grpc-metadata-", "grpc-", "x-envoy-", "x-forwarded-", "roster-", "grpcgateway-"];
    let words = [
        "caller",
        "service",
        "authorization",
        "cookie",
        "status",
        "message",
        "encoding",
        "accept-encoding",
        "host",
        "user",
        "organization",
        "request-id",
        "real-ip",
        "for",
        "proto",
        "tenant",
        "trace",
        "timeout-ms",
        "method",
        "path",
        "retry",
        "identity",
        "session",
        "key",
    ];
    let suffixes = ["", "-bin", "-id", "s", "-1"];
    let mut names = Vec::new();
    for prefix in prefixes {
        for word in words {
            names.extend(suffixes.iter().map(|suffix| format!("{prefix}{word}{suffix}")));
        }
    }
    names
}

#[tokio::test]
async fn ten_thousand_headers_and_none_but_the_listed_arrives() {
    let world = World::with(|options| options.limits.headers = 1 << 20);
    let values = ["1", "root", "AAAA", "a, b", "\t", "\u{e9}", "grpc", "true", "0", "-", "%0d%0a", "{}"];
    let (names, mut sent) = (hostile_names(), 0);
    for value in values {
        for some in names.chunks(80) {
            let mut request = super::world::request("GET", "/v1/things", &[("traceparent", "00-1")], "");
            for name in some {
                let name: http::HeaderName = name.parse().unwrap();
                request.headers_mut().append(name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
                sent += 1;
            }
            assert_eq!(world.send(request).await.status, 200);
            let metadata = world.heard().metadata;
            let mut arrived: Vec<&str> = metadata.keys().map(http::HeaderName::as_str).collect();
            arrived.sort_unstable();
            assert_eq!(arrived, ["content-type", "grpc-timeout", "te", "traceparent"], "{some:?}");
        }
    }
    assert!(sent >= 10_000, "{sent}");
}
