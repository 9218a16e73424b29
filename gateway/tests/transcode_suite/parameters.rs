//! Query parameters, bodies and response bodies.

use serde_json::json;

use super::world::{Reply, World};

#[tokio::test]
async fn parameters_fill_scalars_lists_enums_wrappers_and_nested_fields() {
    let world = World::new();
    let table = [
        ("name=a%20b+c", json!({"name": "a b c"})),
        ("count=-5&flag=true&ratio=1.5", json!({"count": "-5", "flag": true, "ratio": 1.5})),
        ("flag=1", json!({"flag": true})),
        ("flag=TRUE", json!({"flag": true})),
        ("flag=False", json!({})),
        ("ratio=NaN", json!({"ratio": "NaN"})),
        ("numbers=1&numbers=2&tags=x&tags=", json!({"numbers": [1, 2], "tags": ["x", ""]})),
        (
            "color=COLOR_BLUE&colors=1&colors=COLOR_BLUE",
            json!({"color": "COLOR_BLUE", "colors": ["COLOR_RED", "COLOR_BLUE"]}),
        ),
        ("color=77", json!({"color": 77})),
        ("inner.name=x&inner.deeper.number=3", json!({"inner": {"name": "x", "deeper": {"number": 3}}})),
        ("createTime=2026-01-02T03:04:05.5%2B01:00", json!({"createTime": "2026-01-02T02:04:05.500Z"})),
        ("create_time=2026-01-02T03:04:05Z", json!({"createTime": "2026-01-02T03:04:05Z"})),
        ("wait=1.5s", json!({"wait": "1.500s"})),
        ("mask=nickName,inner.name", json!({"mask": "nickName,inner.name"})),
        ("mask=nick_name", json!({"mask": "nickName"})),
        ("nick_name=n&score=9", json!({"nickName": "n", "score": "9"})),
        ("content=-_8", json!({"content": "+/8="})),
        ("maybe=", json!({"maybe": ""})),
        ("left=l", json!({"left": "l"})),
        ("", json!({})),
        ("&&", json!({})),
    ];
    for (query, message) in table {
        let answer = world.get(&format!("/v1/things?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        assert_eq!(world.heard().json(), message, "{query}");
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_refused_by_name() {
    let world = World::new();
    let table = [
        ("nope=1", "nope"),
        ("inner.nope=1", "inner.nope"),
        ("name.x=1", "name.x"),
        ("tags.x=1", "tags.x"),
        ("inner=x", "inner"),
        ("inners=x", "inners"),
        ("inners.name=x", "inners.name"),
        ("labels=x", "labels"),
        ("labels.key=x", "labels.key"),
        ("structure=x", "structure"),
        ("any=x", "any"),
        ("count=1&count=2", "count"),
        ("count=1.5", "count"),
        ("count=9223372036854775808", "count"),
        ("numbers=2147483648", "numbers"),
        ("count=", "count"),
        ("count=+1", "count"),
        ("flag=yes", "flag"),
        ("color=RED", "color"),
        ("createTime=yesterday", "createTime"),
        ("wait=5", "wait"),
        ("mask=a-b", "mask"),
        ("content=!", "content"),
        ("left=l&right=r", "right"),
        ("name=%ff", "name"),
        ("small=1e39", "small"),
        ("ratio=1e999", "ratio"),
        ("=x", ""),
        (".=x", "."),
    ];
    for (query, field) in table {
        let answer = world.get(&format!("/v1/things?{query}")).await;
        if field.is_empty() {
            assert_eq!(answer.status, 400, "{query}");
            continue;
        }
        answer.blames(field);
    }
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn a_field_has_one_source() {
    let world = World::new();
    world.get("/v1/things/one?name=two").await.blames("name");
    world.post("/v1/things?name=two", "{}").await.blames("name");
    let patch = |uri: &'static str| {
        let headers = [("content-type", "application/json")];
        let world = &world;
        async move { world.call("PATCH", uri, &headers, r#"{"tags":["x"]}"#).await }
    };
    patch("/v1/things/one?thing.flag=true").await.blames("thing.flag");
    assert_eq!(world.calls(), 0);
    patch("/v1/things/one?updateMask=tags&allow_missing=true").await;
    let expected =
        json!({"thing": {"name": "things/one", "tags": ["x"]}, "updateMask": "tags", "allowMissing": true});
    assert_eq!(world.heard().json(), expected);
}

#[tokio::test]
async fn the_path_overrules_the_body() {
    let world = World::new();
    let headers = [("content-type", "application/json")];
    world.call("PATCH", "/v1/things/one", &headers, r#"{"name":"things/two","flag":true}"#).await;
    assert_eq!(world.heard().json(), json!({"thing": {"name": "things/one", "flag": true}}));
}

#[tokio::test]
async fn a_body_may_be_a_list_and_an_answer_a_field() {
    let world = World::new();
    let answer = world.call("PUT", "/v1/things/one/numbers?flag=true", &[], "[3,1,2]").await;
    assert_eq!(world.heard().json(), json!({"name": "things/one", "flag": true, "numbers": [3, 1, 2]}));
    assert_eq!(answer.json(), json!([3, 1, 2]));
    world.on("WrapThing", |_| {
        Reply::message("lab.v1.UpdateThingRequest", json!({"thing": {"name": "x", "etag": "\"7\""}}))
    });
    let answer = world.get("/v1/wrapped/x").await;
    assert_eq!(answer.json()["name"], "x");
    assert_eq!(answer.header("etag"), Some("\"7\""));
}

#[tokio::test]
async fn a_lenient_transcoder_passes_over_unknown_things_in_a_field_that_is_the_body() {
    let world = World::with(|options| options.ignore_unknown = true);
    let table = [
        ("inners", r#"[{"nope":1},{"name":"n","nope":1}]"#, json!({"inners": [{}, {"name": "n"}]})),
        ("byUint", r#"{"1":"COLOR_PINK","2":"COLOR_RED"}"#, json!({"byUint": {"2": "COLOR_RED"}})),
        ("color", r#""COLOR_RED""#, json!({"color": "COLOR_RED"})),
        ("color", r#""COLOR_PINK""#, json!({})),
    ];
    for (field, sent, expected) in table {
        let answer = world.post(&format!("/v1/everything/{field}"), sent).await;
        assert_eq!(answer.status, 200, "{field} {sent}: {}", answer.text());
        assert_eq!(world.heard().json(), expected, "{field} {sent}");
    }
    world.post("/v1/everything/color", "[\"COLOR_PINK\"]").await.blames("color");
    let strict = World::new();
    strict.post("/v1/everything/inners", r#"[{"nope":1}]"#).await.blames("inners[0].nope");
    strict.post("/v1/everything/color", r#""COLOR_PINK""#).await.blames("color");
}

#[tokio::test]
async fn a_parameter_is_nested_no_deeper_than_json() {
    let world = World::new();
    let uri = |names: usize| format!("/v1/things?inner.{}name=x", "deeper.".repeat(names - 2));
    let answer = world.get(&uri(64)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for names in [65, 1_000] {
        let answer = world.get(&uri(names)).await;
        answer.blames(&uri(65)["/v1/things?".len()..][..64]);
        assert!(answer.text().contains("nested too deeply"), "{}", answer.text());
    }
    assert_eq!(world.calls(), 1);
    let lenient = World::with(|options| options.ignore_unknown = true);
    assert_eq!(lenient.get(&uri(65)).await.status, 400);
}

#[tokio::test]
async fn an_empty_body_is_an_empty_message_and_other_media_types_are_415() {
    let world = World::new();
    assert_eq!(world.post("/v1/things", "").await.status, 200);
    assert_eq!(world.post("/v1/things", " \n").await.status, 200);
    assert_eq!(world.heard().json(), json!({}));
    let types = [
        ("application/json; charset=UTF-8", 200),
        ("application/merge-patch+json", 200),
        ("APPLICATION/JSON", 200),
        ("application/json; charset=latin1", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/grpc", 415),
    ];
    for (media_type, status) in types {
        let answer = world.call("POST", "/v1/things", &[("content-type", media_type)], "{}").await;
        assert_eq!(answer.status, status, "{media_type}");
    }
    let answer = world.call("POST", "/v1/things", &[("content-encoding", "gzip")], "{}").await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn limits_hold_to_the_byte() {
    let world = World::with(|options| {
        options.limits.body = 20;
        options.limits.uri = 40;
        options.limits.header_count = 3;
        options.limits.headers = 60;
        options.limits.json_depth = 3;
        options.limits.parameters = 2;
    });
    let json = |length: usize| format!(r#"{{"name":"{}"}}"#, "x".repeat(length - 11));
    assert_eq!(world.post("/v1/things", &json(20)).await.status, 200);
    assert_eq!(world.post("/v1/things", &json(21)).await.status, 413);
    let uri = |length: usize| format!("/v1/things?name={}", "x".repeat(length - 16));
    assert_eq!(world.get(&uri(40)).await.status, 200);
    assert_eq!(world.get(&uri(41)).await.status, 414);
    let headers = [("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")];
    assert_eq!(world.call("GET", "/v1/things", &headers[..3], "").await.status, 200);
    assert_eq!(world.call("GET", "/v1/things", &headers, "").await.status, 431);
    let long = "x".repeat(60);
    assert_eq!(world.call("GET", "/v1/things", &[("a", &long[..59])], "").await.status, 200);
    assert_eq!(world.call("GET", "/v1/things", &[("a", &long)], "").await.status, 431);
    assert_eq!(world.get("/v1/things?tags=1&tags=2").await.status, 200);
    world.get("/v1/things?tags=1&tags=2&tags=3").await.blames("tags");
    let world = World::with(|options| options.limits.json_depth = 3);
    assert_eq!(world.post("/v1/things", r#"{"structure":{"a":[]}}"#).await.status, 200);
    assert_eq!(world.post("/v1/things", r#"{"structure":{"a":[[]]}}"#).await.status, 400);
}
