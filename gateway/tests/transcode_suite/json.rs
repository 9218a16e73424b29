//! Canonical proto3 JSON, value by value.

use prost::Message;
use serde_json::json;

use super::world::{Reply, World, message};

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn each_type_is_written_canonically() {
    let world = World::new();
    let table = [
        (r#"{"anInt64":"9223372036854775807"}"#, json!({"anInt64": "9223372036854775807"})),
        (r#"{"anInt64":-9223372036854775808}"#, json!({"anInt64": "-9223372036854775808"})),
        (r#"{"aUint64":18446744073709551615}"#, json!({"aUint64": "18446744073709551615"})),
        (
            r#"{"anInt32":1e3,"aUint32":5.0,"aSint32":"-7"}"#,
            json!({"anInt32": 1000, "aUint32": 5, "aSint32": -7}),
        ),
        (r#"{"aDouble":"1.5","aFloat":"-Infinity"}"#, json!({"aDouble": 1.5, "aFloat": "-Infinity"})),
        (r#"{"aDouble":"NaN","doubleValue":"NaN"}"#, json!({"aDouble": "NaN", "doubleValue": "NaN"})),
        (r#"{"a_double":1e300,"aFloat":3.4028235e38}"#, json!({"aDouble": 1e300, "aFloat": 3.4028235e38})),
        (r#"{"someBytes":"_-8"}"#, json!({"someBytes": "/+8="})),
        (r#"{"color":2}"#, json!({"color": "COLOR_BLUE"})),
        (r#"{"color":"COLOR_RED","colors":[9]}"#, json!({"color": "COLOR_RED", "colors": [9]})),
        (
            r#"{"time":"2026-02-28T23:59:59.123456789-00:30"}"#,
            json!({"time": "2026-03-01T00:29:59.123456789Z"}),
        ),
        (r#"{"time":"0001-01-01T00:00:00Z"}"#, json!({"time": "0001-01-01T00:00:00Z"})),
        (r#"{"time":"9999-12-31T23:59:59.999999999Z"}"#, json!({"time": "9999-12-31T23:59:59.999999999Z"})),
        (r#"{"span":"-0.5s"}"#, json!({"span": "-0.500s"})),
        (r#"{"span":"3.000001s"}"#, json!({"span": "3.000001s"})),
        (r#"{"mask":"fooBar,a.bC"}"#, json!({"mask": "fooBar,a.bC"})),
        (r#"{"mask":""}"#, json!({"mask": ""})),
        (r#"{"value":null}"#, json!({"value": null})),
        (r#"{"value":{"a":[1,"x",null,true,{}]}}"#, json!({"value": {"a": [1.0, "x", null, true, {}]}})),
        (r#"{"values":[null,1]}"#, json!({"values": [null, 1.0]})),
        (r#"{"list":[[],{}]}"#, json!({"list": [[], {}]})),
        (r#"{"nothing":null}"#, json!({"nothing": null})),
        (r#"{"empty":{}}"#, json!({"empty": {}})),
        (
            r#"{"int64Value":5,"boolValue":false,"bytesValue":""}"#,
            json!({"int64Value": "5", "boolValue": false, "bytesValue": ""}),
        ),
        (
            r#"{"byInt":{"-1":"x"},"byBool":{"true":"AQ=="}}"#,
            json!({"byInt": {"-1": "x"}, "byBool": {"true": "AQ=="}}),
        ),
        (r#"{"inner":null,"strings":null,"aString":null,"int64Value":null}"#, json!({})),
        (r#"{"@odd-Name":"x"}"#, json!({"@odd-Name": "x"})),
        (r#"{"odd_name":"x"}"#, json!({"@odd-Name": "x"})),
        (r#"{"aString":"\u00e9\ud83d\ude00\u0000\"\\"}"#, json!({"aString": "é😀\u{0}\"\\"})),
        (
            r#"{"any":{"@type":"x.y/lab.v1.Inner","name":"n"}}"#,
            json!({"any": {"@type": "x.y/lab.v1.Inner", "name": "n"}}),
        ),
        (
            r#"{"any":{"value":"5s","@type":"type.googleapis.com/google.protobuf.Duration"}}"#,
            json!({"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "5s"}}),
        ),
        (
            r#"{"any":{"@type":"x/un.Known","value":"AQI="}}"#,
            json!({"any": {"@type": "x/un.Known", "value": "AQI="}}),
        ),
        (r#"{"any":{}}"#, json!({"any": {}})),
    ];
    let world = World { transcoder: without_defaults(&world), ..world };
    for (body, expected) in table {
        let answer = world.post("/v1/everything", body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        assert_eq!(answer.json(), expected, "{body}");
    }
}

fn without_defaults(world: &World) -> gateway::transcode::Transcoder {
    let upstream = world.server.upstream();
    let mut options = gateway::transcode::Options::new(move |_| Some(upstream.clone()));
    options.emit_defaults = false;
    gateway::transcode::Transcoder::new(super::world::POOL.clone(), options).unwrap()
}

#[tokio::test]
async fn what_has_no_presence_is_written_even_when_empty() {
    let answer = World::new().get("/v1/things").await.json();
    let expected = json!({
        "name": "", "count": "0", "numbers": [], "tags": [], "color": "COLOR_UNSPECIFIED", "colors": [],
        "flag": false, "ratio": 0.0, "content": "", "labels": {}, "etag": "", "requestId": "", "inners": [], "small": 0.0,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn a_wrong_value_is_refused_by_its_place() {
    let world = World::new();
    let table = [
        (r#"{"nope":1}"#, "nope"),
        (r#"{"inner":{"nope":1}}"#, "inner.nope"),
        (r#"{"inners":[{},{"number":"x"}]}"#, "inners[1].number"),
        (r#"{"byName":{"k":{"number":1.5}}}"#, "byName[k].number"),
        (r#"{"byInt":{"x":"y"}}"#, "byInt[x]"),
        (r#"{"byBool":{"True":""}}"#, "byBool[True]"),
        (r#"{"strings":[null]}"#, "strings[0]"),
        (r#"{"inners":[null]}"#, "inners[0]"),
        (r#"{"strings":"x"}"#, "strings"),
        (r#"{"inner":[]}"#, "inner"),
        (r#"{"aBool":"true"}"#, "aBool"),
        (r#"{"aBool":1}"#, "aBool"),
        (r#"{"aString":1}"#, "aString"),
        (r#"{"anInt32":2147483648}"#, "anInt32"),
        (r#"{"anInt32":" 1"}"#, "anInt32"),
        (r#"{"anInt32":""}"#, "anInt32"),
        (r#"{"anInt32":true}"#, "anInt32"),
        (r#"{"aUint32":-1}"#, "aUint32"),
        (r#"{"anInt64":9223372036854775808}"#, "anInt64"),
        (r#"{"aUint64":18446744073709551616}"#, "aUint64"),
        (r#"{"aUint64":"1e30"}"#, "aUint64"),
        (r#"{"aFloat":1e39}"#, "aFloat"),
        (r#"{"aDouble":"inf"}"#, "aDouble"),
        (r#"{"aDouble":"nan"}"#, "aDouble"),
        (r#"{"someBytes":"a"}"#, "someBytes"),
        (r#"{"color":"RED"}"#, "color"),
        (r#"{"color":1.5}"#, "color"),
        (r#"{"time":"2026-01-01"}"#, "time"),
        (r#"{"time":"2026-01-01t00:00:00Z"}"#, "time"),
        (r#"{"time":"2026-01-01T00:00:00z"}"#, "time"),
        (r#"{"time":"2026-01-01T00:00:60Z"}"#, "time"),
        (r#"{"time":"2026-01-01T00:00:00"}"#, "time"),
        (r#"{"time":"0000-01-01T00:00:00Z"}"#, "time"),
        (r#"{"time":1}"#, "time"),
        (r#"{"span":"1"}"#, "span"),
        (r#"{"span":"1.0000000001s"}"#, "span"),
        (r#"{"span":"315576000001s"}"#, "span"),
        (r#"{"span":"--1s"}"#, "span"),
        (r#"{"mask":"foo_bar"}"#, "mask"),
        (r#"{"mask":"a,"}"#, "mask"),
        (r#"{"structure":[]}"#, "structure"),
        (r#"{"list":{}}"#, "list"),
        (r#"{"empty":{"x":1}}"#, "empty.x"),
        (r#"{"int32Value":"x"}"#, "int32Value"),
        (r#"{"text":"a","number":1}"#, "number"),
        (r#"{"aString":"a","aString":"b"}"#, "aString"),
        (r#"{"aString":"a","a_string":"b"}"#, "a_string"),
        (r#"{"byInt":{"1":"a","01":"b"}}"#, "byInt[01]"),
        (r#"{"any":{"@type":"x/un.Known","name":"n"}}"#, "any.@type"),
        (r#"{"any":{"name":"n"}}"#, "any.@type"),
        (r#"{"any":{"@type":"x/lab.v1.Inner","nope":1}}"#, "any.nope"),
        (r#"{"any":{"@type":"x/google.protobuf.Duration","value":"x"}}"#, "any.value"),
        (r#"{"any":{"@type":"x/google.protobuf.Duration","value":"1s","more":1}}"#, "any.more"),
        (r#"{"any":{"@type":"x/google.protobuf.Duration"}}"#, "any.value"),
    ];
    for (body, field) in table {
        world.post("/v1/everything", body).await.blames(field);
    }
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn an_answer_that_has_no_json_is_a_500_that_names_the_field() {
    let world = World::new();
    let timestamp = [0xfa, 0x01, 0x08, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    let table: [(Vec<u8>, &str); 3] = [
        (vec![0xfa, 0x01, 0x05, 0x10, 0x80, 0xa8, 0xd6, 0xb9], "cannot be read"),
        (timestamp.to_vec(), "time: the time"),
        (vec![0xfa, 0x01, 0x06, 0x10, 0xff, 0xff, 0xff, 0xff, 0x07], "time"),
    ];
    for (raw, problem) in table {
        let reply = raw.clone();
        world.on("EchoEverything", move |_| Reply::raw(reply.clone()));
        let answer = world.get("/v1/everything").await;
        assert_eq!(answer.status, 500, "{raw:?} {}", answer.text());
        assert!(answer.text().contains(problem), "{raw:?} {}", answer.text());
    }
}

#[tokio::test]
async fn any_inside_any_ends_in_base64_and_not_in_a_stack_overflow() {
    let world = World::new();
    let any = super::world::POOL.get_message_by_name("google.protobuf.Any").unwrap();
    let mut content = Vec::new();
    for _ in 0..5_000 {
        let mut outer = prost_reflect::DynamicMessage::new(any.clone());
        outer.set_field_by_name("type_url", prost_reflect::Value::String("x/google.protobuf.Any".to_owned()));
        outer.set_field_by_name("value", prost_reflect::Value::Bytes(content.into()));
        content = outer.encode_to_vec();
    }
    let mut everything = message("lab.v1.Everything", json!({}));
    let inner = prost_reflect::DynamicMessage::decode(any, content.as_slice()).unwrap();
    everything.set_field_by_name("any", prost_reflect::Value::Message(inner));
    let raw = everything.encode_to_vec();
    world.on("EchoEverything", move |_| Reply::raw(raw.clone()));
    let answer = world.get("/v1/everything").await;
    assert_eq!(answer.status, 200);
}
