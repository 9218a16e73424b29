//! Server-Sent Events, NDJSON, arrays.

use std::{sync::Mutex, time::Duration};

use axum::body::Body;
use http::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tonic::Status;

use super::world::{Reply, Step, World, request, step};

const WATCH: &str = "/v1/things/one:watch";

fn event(sequence: i64, text: &str) -> Step {
    step("lab.v1.WatchResponse", json!({"sequence": sequence.to_string(), "text": text}))
}

fn live(world: &World) -> UnboundedSender<Step> {
    let (sender, reply) = Reply::channel();
    let reply = Mutex::new(Some(reply));
    world.on("Watch", move |_| reply.lock().unwrap().take().unwrap());
    sender
}

async fn watch(world: &World, accept: &str) -> Response<Body> {
    world.open(request("GET", WATCH, &[("accept", accept)], "")).await
}

async fn piece(response: &mut Response<Body>) -> String {
    let frame = response.body_mut().frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn accept_chooses_the_form() {
    let world = World::new();
    world.on("Watch", |_| Reply::steps(vec![event(5, "a"), event(6, "b\n")]));
    let events = "id: 5\ndata: {\"sequence\":\"5\",\"text\":\"a\"}\n\nid: 6\ndata: {\"sequence\":\"6\",\"text\":\"b\\n\"}\n\n";
    let lines = "{\"sequence\":\"5\",\"text\":\"a\"}\n{\"sequence\":\"6\",\"text\":\"b\\n\"}\n";
    let array = "[{\"sequence\":\"5\",\"text\":\"a\"},\n{\"sequence\":\"6\",\"text\":\"b\\n\"}]";
    let table = [
        ("text/event-stream", "text/event-stream", events),
        ("Text/Event-Stream;q=0.9, application/json;q=0.1", "text/event-stream", events),
        ("application/x-ndjson", "application/x-ndjson", lines),
        ("*/*", "application/x-ndjson", lines),
        ("text/html", "application/x-ndjson", lines),
        ("text/event-stream;q=0", "application/x-ndjson", lines),
        ("application/json", "application/json", array),
        ("application/json, */*;q=0.5", "application/json", array),
        ("application/json;q=x, text/event-stream;q=9", "application/x-ndjson", lines),
    ];
    for (accept, content_type, body) in table {
        let answer = world.call("GET", WATCH, &[("accept", accept)], "").await;
        assert_eq!(answer.header("content-type"), Some(content_type), "{accept}");
        assert_eq!(answer.text(), body, "{accept}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-accel-buffering"), Some("no"));
    }
}

#[tokio::test]
async fn a_stream_without_messages_ends_well() {
    let world = World::new();
    world.on("Watch", |_| Reply::steps(vec![]));
    for (accept, body) in [("text/event-stream", ""), ("*/*", ""), ("application/json", "[]")] {
        let answer = world.call("GET", WATCH, &[("accept", accept)], "").await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, body), "{accept}");
    }
}

#[tokio::test]
async fn a_unary_answer_is_never_an_event_stream() {
    let answer = World::new().call("GET", "/v1/things", &[("accept", "text/event-stream")], "").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn an_error_before_the_first_message_is_a_real_status_and_a_later_one_the_last_element() {
    let world = World::new();
    world.on("Watch", |_| Reply::status(Status::permission_denied("no")));
    let answer = world.call("GET", WATCH, &[("accept", "text/event-stream")], "").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (403, Some("application/json")));
    world.on("Watch", |_| Reply::steps(vec![event(1, "a"), Step::Status(Status::unavailable("later"))]));
    let error = json!({"error": {"code": 503, "message": "later", "status": "UNAVAILABLE", "details": []}});
    let answer = world.call("GET", WATCH, &[("accept", "text/event-stream")], "").await;
    let (_, last) =
        answer.text().split_once("\n\n").map(|(head, tail)| (head.to_owned(), tail.to_owned())).unwrap();
    let data = last.strip_prefix("event: error\ndata: ").unwrap().trim_end();
    assert_eq!(serde_json::from_str::<Value>(data).unwrap(), error);
    let answer = world.call("GET", WATCH, &[("accept", "application/json")], "").await;
    assert_eq!(answer.json()[1], error);
    let answer = world.call("GET", WATCH, &[], "").await;
    assert_eq!(serde_json::from_str::<Value>(answer.text().lines().last().unwrap()).unwrap(), error);
}

#[tokio::test(start_paused = true)]
async fn an_error_just_after_acceptance_is_still_a_real_status() {
    let world = World::new();
    let sender = live(&world);
    let (response, ()) = tokio::join!(watch(&world, "text/event-stream"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        sender.send(Step::Status(Status::not_found("no such import"))).unwrap();
    });
    assert_eq!(response.status(), 404);
}

#[tokio::test(start_paused = true)]
async fn headers_go_out_before_the_first_message_and_silence_is_filled() {
    let world = World::new();
    let sender = live(&world);
    let start = tokio::time::Instant::now();
    let mut response = watch(&world, "text/event-stream").await;
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!(response.status(), 200);
    assert_eq!(piece(&mut response).await, ": heartbeat\n\n");
    assert_eq!(piece(&mut response).await, ": heartbeat\n\n");
    assert!(start.elapsed() >= Duration::from_secs(30));
    sender.send(event(3, "x")).unwrap();
    assert_eq!(piece(&mut response).await, "id: 3\ndata: {\"sequence\":\"3\",\"text\":\"x\"}\n\n");
    drop(sender);
    while let Some(frame) = response.body_mut().frame().await {
        assert!(frame.unwrap().into_data().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_browser_that_reconnects_resumes_after_its_last_event() {
    let world = World::new();
    world.on("Watch", |_| Reply::steps(vec![]));
    let uri = format!("{WATCH}?afterSequence=4");
    world.call("GET", &uri, &[], "").await;
    assert_eq!(world.heard().json(), json!({"name": "things/one", "afterSequence": "4"}));
    world.call("GET", &uri, &[("last-event-id", "9")], "").await;
    assert_eq!(world.heard().json()["afterSequence"], "9");
    world.call("GET", WATCH, &[("last-event-id", "")], "").await;
    assert_eq!(world.heard().json(), json!({"name": "things/one"}));
    world.call("GET", WATCH, &[("last-event-id", "x")], "").await.blames("Last-Event-ID");
    assert_eq!(world.call("GET", "/v1/things", &[("last-event-id", "x")], "").await.status, 200);
}

#[tokio::test]
async fn a_stream_has_no_deadline_unless_the_client_asks_for_one() {
    let world = World::new();
    world.on("Watch", |_| Reply::steps(vec![]));
    world.get(WATCH).await;
    assert!(!world.heard().metadata.contains_key("grpc-timeout"));
    let sender = live(&world);
    let headers = [("grpc-timeout", "300m"), ("accept", "text/event-stream")];
    let answer = world.call("GET", WATCH, &headers, "").await;
    assert!(answer.text().starts_with("event: error\ndata: {\"error\":{\"code\":504"), "{}", answer.text());
    assert!(sender.is_closed());
}
