//! ETag, If-None-Match, If-Match.

use gateway::transcode::EtagStyle;
use serde_json::json;
use tonic::Status;
use tonic_types::StatusExt;

use super::world::{Reply, World};

fn thing_with_tag(world: &World, tag: &'static str) {
    world.on("GetThing", move |_| Reply::message("lab.v1.Thing", json!({"name": "x", "etag": tag})));
}

#[tokio::test]
async fn an_etag_of_the_answer_is_a_header_and_spares_the_body() {
    let world = World::new();
    thing_with_tag(&world, "\"v7\"");
    let answer = world.get("/v1/things/x").await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, Some("\"v7\"")));
    for (known, status) in [
        ("\"v7\"", 304),
        ("W/\"v7\"", 304),
        ("\"a,b\", \"v7\"", 304),
        ("*", 304),
        ("\"v8\"", 200),
        ("v7", 200),
        ("", 200),
        ("\"v7", 200),
    ] {
        let answer = world.call("GET", "/v1/things/x", &[("if-none-match", known)], "").await;
        assert_eq!(answer.status, status, "{known}");
        assert_eq!(answer.header("etag"), Some("\"v7\""));
        assert_eq!(answer.body.is_empty(), status == 304);
    }
    thing_with_tag(&world, "bare");
    assert_eq!(world.get("/v1/things/x").await.header("etag"), None);
}

#[tokio::test]
async fn bare_tags_are_quoted_on_the_way_out_and_unquoted_on_the_way_in() {
    let world = World::with(|options| options.etags = EtagStyle::Bare);
    thing_with_tag(&world, "v7");
    assert_eq!(world.get("/v1/things/x").await.header("etag"), Some("\"v7\""));
    world.call("POST", "/v1/things", &[("if-match", "\"v7\"")], "{}").await;
    assert_eq!(world.heard().json(), json!({"etag": "v7"}));
}

#[tokio::test]
async fn if_match_fills_the_etag_of_the_request_or_of_the_resource() {
    let world = World::new();
    let call = |http_method: &'static str, uri: &'static str, tag: &'static str, body: &'static str| {
        let world = &world;
        async move { world.call(http_method, uri, &[("if-match", tag)], body).await }
    };
    call("POST", "/v1/things", "\"a\"", "{}").await;
    assert_eq!(world.heard().json(), json!({"etag": "\"a\""}));
    call("DELETE", "/v1/things/x", "\"a\"", "").await;
    assert_eq!(world.heard().json(), json!({"name": "things/x", "etag": "\"a\""}));
    call("PATCH", "/v1/things/x", "\"a\"", "{}").await;
    assert_eq!(world.heard().json(), json!({"thing": {"name": "things/x", "etag": "\"a\""}}));
    call("PATCH", "/v1/things/x", "*", "{}").await;
    assert_eq!(world.heard().json(), json!({"thing": {"name": "things/x"}}));
    let whole = "/v1/whole/things/x";
    call("PATCH", whole, "\"a\"", r#"{"allowMissing":true}"#).await;
    let heard = world.heard().json();
    assert_eq!(heard, json!({"thing": {"name": "things/x", "etag": "\"a\""}, "allowMissing": true}));
    call("PATCH", whole, "\"a\"", r#"{"thing":{"etag":"\"b\""}}"#).await.blames("thing.etag");
    assert_eq!(call("POST", "/v1/things", "\"a\"", r#"{"etag":"\"a\""}"#).await.status, 200);
    call("POST", "/v1/things", "\"a\"", r#"{"etag":"\"b\""}"#).await.blames("etag");
    for wrong in ["a", "\"a\", \"b\"", "\"a", ""] {
        call("POST", "/v1/things", wrong, "{}").await.blames("If-Match");
    }
    call("GET", "/v1/things/x:watch", "\"a\"", "").await.blames("If-Match");
    // Nothing says which thing of a request is meant that names none: it makes one.
    call("POST", "/v1/whole/things", "\"a\"", "{}").await.blames("If-Match");
}

#[tokio::test]
async fn a_conflict_is_412_only_when_if_match_was_sent() {
    let world = World::new();
    world.on("CreateThing", |_| Reply::status(Status::aborted("changed meanwhile")));
    assert_eq!(world.post("/v1/things", "{}").await.status, 409);
    let answer = world.call("POST", "/v1/things", &[("if-match", "\"a\"")], "{}").await;
    assert_eq!(answer.status, 412);
    assert_eq!(answer.json()["error"]["code"], 412);
    assert_eq!(answer.json()["error"]["status"], "ABORTED");
}

#[tokio::test]
async fn another_conflict_stays_409_although_if_match_was_sent() {
    let world = World::new();
    for (reason, status) in [("ETAG_MISMATCH", 412), ("REQUEST_IN_PROGRESS", 409), ("PLAN_STALE", 409)] {
        world.on("CreateThing", move |_| {
            let details = tonic_types::ErrorDetails::with_error_info(reason, "lab.example", []);
            Reply::status(Status::with_error_details(tonic::Code::Aborted, "no", details))
        });
        let answer = world.call("POST", "/v1/things", &[("if-match", "\"a\"")], "{}").await;
        assert_eq!(answer.status, status, "{reason}");
    }
}
