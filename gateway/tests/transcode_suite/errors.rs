//! Statuses of the service as HTTP answers.

use std::time::Duration;

use futures::StreamExt;
use http::{HeaderMap, HeaderValue};
use prost::Message;
use serde_json::{Value, json};
use tonic::{
    Code, Status,
    metadata::{MetadataMap, MetadataValue},
};
use tonic_types::{ErrorDetails, StatusExt, pb};

use super::world::{Reply, Step, World};

#[tokio::test]
async fn each_code_has_its_http_status() {
    let world = World::new();
    let table = [
        (Code::Cancelled, 499, "CANCELLED"),
        (Code::Unknown, 500, "UNKNOWN"),
        (Code::InvalidArgument, 400, "INVALID_ARGUMENT"),
        (Code::DeadlineExceeded, 504, "DEADLINE_EXCEEDED"),
        (Code::NotFound, 404, "NOT_FOUND"),
        (Code::AlreadyExists, 409, "ALREADY_EXISTS"),
        (Code::PermissionDenied, 403, "PERMISSION_DENIED"),
        (Code::ResourceExhausted, 429, "RESOURCE_EXHAUSTED"),
        (Code::FailedPrecondition, 400, "FAILED_PRECONDITION"),
        (Code::Aborted, 409, "ABORTED"),
        (Code::OutOfRange, 400, "OUT_OF_RANGE"),
        (Code::Unimplemented, 501, "UNIMPLEMENTED"),
        (Code::Internal, 500, "INTERNAL"),
        (Code::Unavailable, 503, "UNAVAILABLE"),
        (Code::DataLoss, 500, "DATA_LOSS"),
        (Code::Unauthenticated, 401, "UNAUTHENTICATED"),
    ];
    for (code, http, name) in table {
        world.on("GetThing", move |_| Reply::status(Status::new(code, "wörds \"quoted\"")));
        let answer = world.get("/v1/things/one").await;
        assert_eq!(answer.status, http, "{code:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let body =
            json!({"error": {"code": http, "message": "wörds \"quoted\"", "status": name, "details": []}});
        assert_eq!(answer.json(), body);
        assert_eq!(answer.header("www-authenticate"), (http == 401).then_some("Bearer"));
    }
}

fn rich() -> Status {
    let mut details = ErrorDetails::new();
    details
        .set_error_info("SEND_COOLDOWN", "lab.example", [("limit".to_owned(), "5".to_owned())])
        .set_retry_info(Some(Duration::from_millis(2_500)))
        .set_debug_info(vec!["frame".to_owned()], "detail")
        .add_quota_failure_violation("subject", "too many")
        .add_precondition_failure_violation("SEATS", "pool", "none free")
        .add_bad_request_violation("lines[3].email", "not an address")
        .set_request_info("r1", "data")
        .set_resource_info("type", "name", "owner", "what")
        .add_help_link("manual", "https://example.org")
        .set_localized_message("de", "Zu viele");
    Status::with_error_details(Code::ResourceExhausted, "slow down", details)
}

#[tokio::test]
async fn all_details_of_google_rpc_are_shown_as_json() {
    let world = World::new();
    world.on("GetThing", |_| Reply::status(rich()));
    let answer = world.get("/v1/things/one").await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), Some("3"));
    let details = answer.json()["error"]["details"].as_array().unwrap().clone();
    let of = |name: &str| {
        let found =
            details.iter().find(|detail| detail["@type"] == format!("type.googleapis.com/google.rpc.{name}"));
        found.unwrap_or_else(|| panic!("no {name} in {details:?}")).clone()
    };
    assert_eq!(of("ErrorInfo")["metadata"], json!({"limit": "5"}));
    assert_eq!(of("ErrorInfo")["reason"], "SEND_COOLDOWN");
    assert_eq!(of("RetryInfo")["retryDelay"], "2.500s");
    assert_eq!(of("DebugInfo")["stackEntries"], json!(["frame"]));
    assert_eq!(of("QuotaFailure")["violations"][0]["description"], "too many");
    assert_eq!(of("PreconditionFailure")["violations"][0]["type"], "SEATS");
    assert_eq!(of("BadRequest")["fieldViolations"][0]["field"], "lines[3].email");
    assert_eq!(of("RequestInfo")["requestId"], "r1");
    assert_eq!(of("ResourceInfo")["resourceName"], "name");
    assert_eq!(of("Help")["links"][0]["url"], "https://example.org");
    assert_eq!(of("LocalizedMessage")["locale"], "de");
}

#[tokio::test]
async fn a_detail_nobody_knows_or_can_read_is_shown_as_base64() {
    let world = World::new();
    let any = |type_url: &str, value: Vec<u8>| prost_types::Any { type_url: type_url.to_owned(), value };
    let details = vec![
        any("type.googleapis.com/foreign.Detail", vec![1, 2, 3]),
        any("type.googleapis.com/google.rpc.ErrorInfo", vec![0xff]),
        any("no slash", vec![]),
        any("type.googleapis.com/google.rpc.RetryInfo", retry_of(i64::MAX)),
        any("type.googleapis.com/lab.v1.Inner", vec![0x0a, 1, b'x']),
    ];
    let status = pb::Status { code: 9, message: "inner".to_owned(), details };
    let raw = status.encode_to_vec();
    world.on("GetThing", move |_| {
        Reply::status(Status::with_details(Code::FailedPrecondition, "outer", raw.clone().into()))
    });
    let answer = world.get("/v1/things/one").await;
    assert_eq!(answer.status, 400);
    let details = answer.json()["error"]["details"].clone();
    assert_eq!(details[0], json!({"@type": "type.googleapis.com/foreign.Detail", "value": "AQID"}));
    assert_eq!(details[1]["value"], "/w==");
    assert_eq!(details[2], json!({"@type": "no slash", "value": ""}));
    assert!(details[3]["value"].is_string());
    assert_eq!(details[4]["name"], "x");
}

fn retry_of(seconds: i64) -> Vec<u8> {
    pb::RetryInfo { retry_delay: Some(prost_types::Duration { seconds, nanos: 0 }) }.encode_to_vec()
}

#[tokio::test]
async fn details_that_are_no_status_leave_the_error_as_it_is() {
    let world = World::new();
    world.on("GetThing", |_| {
        Reply::status(Status::with_details(Code::NotFound, "gone", vec![0xff, 0xff].into()))
    });
    let answer = world.get("/v1/things/one").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"]["details"], json!([]));
}

/// A refusal in trailers, after headers of their own.
fn after_headers(status: Status) -> Reply {
    let steps = futures::stream::once(async move {
        tokio::task::yield_now().await;
        Step::Status(status)
    });
    Reply { headers: HeaderMap::new(), steps: steps.boxed() }
}

#[tokio::test]
async fn details_that_are_not_base64_leave_the_error_as_it_is() {
    const DETAILS: &str = "grpc-status-details-bin";
    let world = World::new();
    let expected = json!({"error": {"code": 404, "message": "gone", "status": "NOT_FOUND", "details": []}});
    for details in ["not base64", "A", "-_8", "=", "", "CAU", "CAU="] {
        world.on("GetThing", move |_| Reply::status(Status::not_found("gone")).with_header(DETAILS, details));
        let answer = world.get("/v1/things/one").await;
        assert_eq!((answer.status.as_u16(), answer.json()), (404, expected.clone()), "{details}");
        world.on("GetThing", move |_| {
            let mut status = Status::not_found("gone");
            let raw = HeaderMap::from_iter([(DETAILS.parse().unwrap(), HeaderValue::from_static(details))]);
            *status.metadata_mut() = MetadataMap::from_headers(raw);
            after_headers(status)
        });
        let answer = world.get("/v1/things/one").await;
        assert_eq!((answer.status.as_u16(), answer.json()), (404, expected.clone()), "{details}");
    }
}

#[tokio::test]
async fn allowed_metadata_that_came_before_a_refusal_is_passed_too() {
    let world = World::new();
    let calls = [
        ("GetThing", "/v1/things/one"),
        ("Watch", "/v1/things/one:watch"),
        ("DownloadStream", "/v1/things/one/files"),
    ];
    for (method, uri) in calls {
        for (own, shown) in [(None, "early"), (Some("late"), "late")] {
            world.on(method, move |_| {
                let mut status = Status::aborted("no");
                if let Some(own) = own {
                    status.metadata_mut().insert("idempotency-replayed", MetadataValue::from_static(own));
                }
                after_headers(status).with_header("idempotency-replayed", "early").with_header("secret", "x")
            });
            let answer = world.get(uri).await;
            assert_eq!(answer.status, 409, "{method}");
            assert_eq!(answer.header("idempotency-replayed"), Some(shown), "{method}");
            assert_eq!(answer.headers.get_all("idempotency-replayed").iter().count(), 1, "{method}");
            assert_eq!(answer.header("secret"), None, "{method}");
        }
    }
}

#[tokio::test]
async fn a_refusal_made_here_has_an_error_info_of_the_operators_domain() {
    let world = World::with(|options| options.error_domain = "gateway.example".to_owned());
    let answer = world.post("/v1/things", "{").await;
    let info = answer.json()["error"]["details"][0].clone();
    assert_eq!(info["reason"], "FIELD_VIOLATIONS");
    assert_eq!(info["domain"], "gateway.example");
    assert!(answer.text().contains("not valid JSON"));
    let info = world.get("/nowhere").await.json()["error"]["details"][0].clone();
    assert_eq!(info["reason"], "NOT_FOUND");
}

#[tokio::test]
async fn a_status_after_the_message_and_allowed_metadata_are_passed() {
    let world = World::new();
    world.on("GetThing", |heard| {
        let mut status = Status::aborted("late");
        status.metadata_mut().insert("idempotency-replayed", MetadataValue::from_static("true"));
        status.metadata_mut().insert("secret", MetadataValue::from_static("x"));
        let steps = vec![Step::Message(heard.raw[0].clone()), Step::Status(status)];
        Reply::steps(steps)
    });
    let answer = world.get("/v1/things/one").await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
    assert_eq!(answer.header("secret"), None);
}

#[tokio::test]
async fn a_service_that_breaks_the_protocol_is_a_500() {
    let world = World::new();
    world.on("GetThing", |_| Reply::steps(vec![]));
    assert_eq!(world.get("/v1/things/one").await.status, 500);
    world.on("GetThing", |heard| {
        let message = Step::Message(heard.raw[0].clone());
        Reply::steps(vec![message.clone(), message])
    });
    assert_eq!(world.get("/v1/things/one").await.status, 500);
    world.on("GetThing", |_| Reply::raw(vec![0xff]));
    let answer = world.get("/v1/things/one").await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["error"]["status"].clone()),
        (500, Value::from("INTERNAL"))
    );
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused() {
    let world = World::with(|options| options.limits.answer = 10);
    assert_eq!(world.get("/v1/things?name=12345678").await.status, 200);
    assert_eq!(world.get("/v1/things?name=123456789").await.status, 500);
}
