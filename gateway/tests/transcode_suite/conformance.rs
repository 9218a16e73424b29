//! What the conformance suite of Protocol Buffers asks of a JSON parser and writer, from its
//! published rules (protobuf.dev, "ProtoJSON format"), beyond what `json.rs` has already.

use prost_reflect::DescriptorPool;
use serde_json::{Value, json};

use super::world::{World, message, request};

/// A document that is accepted, and what comes back of it.
const TAKEN: &[(&str, &str)] = &[
    (r#"{"a\u006eInt32": 1}"#, r#"{"anInt32":1}"#),
    (r#"{"anInt32": 2147483647}"#, r#"{"anInt32":2147483647}"#),
    (r#"{"anInt32": -2147483648}"#, r#"{"anInt32":-2147483648}"#),
    (r#"{"anInt32": 100000.000}"#, r#"{"anInt32":100000}"#),
    (r#"{"anInt32": 1e5}"#, r#"{"anInt32":100000}"#),
    (r#"{"anInt32": 2.147483647e9}"#, r#"{"anInt32":2147483647}"#),
    (r#"{"anInt32": -2.147483648e9}"#, r#"{"anInt32":-2147483648}"#),
    (r#"{"anInt32": "2147483647"}"#, r#"{"anInt32":2147483647}"#),
    (r#"{"anInt32": "2\u003147483647"}"#, r#"{"anInt32":2147483647}"#),
    (r#"{"anInt32": "1e5"}"#, r#"{"anInt32":100000}"#),
    (r#"{"aUint32": 4294967295}"#, r#"{"aUint32":4294967295}"#),
    (r#"{"aUint32": 4.294967295e9}"#, r#"{"aUint32":4294967295}"#),
    (r#"{"anInt64": 9223372036854774784}"#, r#"{"anInt64":"9223372036854774784"}"#),
    (r#"{"aUint64": 18446744073709549568}"#, r#"{"aUint64":"18446744073709549568"}"#),
    (r#"{"aUint64": "18446744073709551615"}"#, r#"{"aUint64":"18446744073709551615"}"#),
    (r#"{"aBool": true}"#, r#"{"aBool":true}"#),
    (r#"{"aFloat": 3.402823e38}"#, r#"{"aFloat":3.402823e38}"#),
    (r#"{"aFloat": -1.175494e-38}"#, r#"{"aFloat":-1.175494e-38}"#),
    (r#"{"aFloat": 16777216000000000000000}"#, r#"{"aFloat":1.6777216e22}"#),
    (r#"{"aFloat": "1"}"#, r#"{"aFloat":1.0}"#),
    (r#"{"aFloat": "1e3"}"#, r#"{"aFloat":1000.0}"#),
    (r#"{"aFloat": "NaN"}"#, r#"{"aFloat":"NaN"}"#),
    (r#"{"aFloat": "Infinity"}"#, r#"{"aFloat":"Infinity"}"#),
    (r#"{"aDouble": 2.22507e-308}"#, r#"{"aDouble":2.22507e-308}"#),
    (r#"{"aDouble": 1.7976931348623157e308}"#, r#"{"aDouble":1.7976931348623157e308}"#),
    (r#"{"color": 0}"#, r#"{}"#),
    (r#"{"color": 123}"#, r#"{"color":123}"#),
    (r#"{"color": -5}"#, r#"{"color":-5}"#),
    (r#"{"aString": "谷歌"}"#, r#"{"aString":"谷歌"}"#),
    (r#"{"aString": "\u8C37\u6b4C"}"#, r#"{"aString":"谷歌"}"#),
    (r#"{"aString": "\uD83D\uDE01"}"#, r#"{"aString":"😁"}"#),
    (r#"{"aString": "\\\/\"\b\f\n\r\t"}"#, r#"{"aString":"\\/\"\b\f\n\r\t"}"#),
    (r#"{"someBytes": "AQI="}"#, r#"{"someBytes":"AQI="}"#),
    (r#"{"someBytes": "-_"}"#, r#"{"someBytes":"+w=="}"#),
    (r#"{"one": null, "text": "x"}"#, r#"{"text":"x"}"#),
    (r#"{"text": "x", "one": null}"#, r#"{"text":"x"}"#),
    (r#"{"nothing": "NULL_VALUE"}"#, r#"{"nothing":null}"#),
    (r#"{"text": ""}"#, r#"{"text":""}"#),
    (r#"{"number": 0}"#, r#"{"number":"0"}"#),
    (r#"{"byInt": {"\u0030": "x"}}"#, r#"{"byInt":{"0":"x"}}"#),
    (r#"{"byBool": {"tr\u0075e": "AQ=="}}"#, r#"{"byBool":{"true":"AQ=="}}"#),
    (r#"{"byUint": {"18446744073709551615": 1}}"#, r#"{"byUint":{"18446744073709551615":"COLOR_RED"}}"#),
    (r#"{"byName": {"": {}}}"#, r#"{"byName":{"":{}}}"#),
    (
        r#"{"aDouble":null,"aBool":null,"someBytes":null,"color":null,"inner":null,"inners":null,"byName":null,
            "text":null,"maybe":null,"time":null,"span":null,"mask":null,"structure":null,"list":null,"any":null,
            "empty":null,"doubleValue":null,"bytesValue":null,"times":null}"#,
        "{}",
    ),
    (r#"{"maybe": 0}"#, r#"{"maybe":0}"#),
    (
        r#"{"int32Value":0,"stringValue":"","boolValue":false,"bytesValue":"","doubleValue":0}"#,
        r#"{"doubleValue":0.0,"int32Value":0,"boolValue":false,"stringValue":"","bytesValue":""}"#,
    ),
    (r#"{"uint64Value": "1", "floatValue": "-Infinity"}"#, r#"{"floatValue":"-Infinity","uint64Value":"1"}"#),
    (r#"{"wrapped": [0, "1"]}"#, r#"{"wrapped":["0","1"]}"#),
    (r#"{"span": "-315576000000.999999999s"}"#, r#"{"span":"-315576000000.999999999s"}"#),
    (r#"{"span": "315576000000.999999999s"}"#, r#"{"span":"315576000000.999999999s"}"#),
    (r#"{"span": "1.000000000s"}"#, r#"{"span":"1s"}"#),
    (r#"{"span": "1.01s"}"#, r#"{"span":"1.010s"}"#),
    (r#"{"span": "1.00001s"}"#, r#"{"span":"1.000010s"}"#),
    (r#"{"span": "-0.000000001s"}"#, r#"{"span":"-0.000000001s"}"#),
    (r#"{"time": "1993-02-10T00:00:00.000Z"}"#, r#"{"time":"1993-02-10T00:00:00Z"}"#),
    (r#"{"time": "1970-01-01T08:00:01+08:00"}"#, r#"{"time":"1970-01-01T00:00:01Z"}"#),
    (r#"{"time": "1969-12-31T16:00:01-08:00"}"#, r#"{"time":"1970-01-01T00:00:01Z"}"#),
    (r#"{"time": "2000-02-29T12:00:00.01Z"}"#, r#"{"time":"2000-02-29T12:00:00.010Z"}"#),
    (r#"{"mask": "foo,barBaz,a.bC"}"#, r#"{"mask":"foo,barBaz,a.bC"}"#),
    (
        r#"{"structure": {"a": null, "b": {"c": []}, "d": 1e2}}"#,
        r#"{"structure":{"a":null,"b":{"c":[]},"d":100.0}}"#,
    ),
    (r#"{"value": 1}"#, r#"{"value":1.0}"#),
    (r#"{"value": "NaN"}"#, r#"{"value":"NaN"}"#),
    (r#"{"value": []}"#, r#"{"value":[]}"#),
    (r#"{"list": [null, true, [1], {"a": "b"}]}"#, r#"{"list":[null,true,[1.0],{"a":"b"}]}"#),
    (
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.Int32Value", "value": 12345}}"#,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Int32Value","value":12345}}"#,
    ),
    (
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.Any",
                    "value": {"number": 1, "@type": "type.googleapis.com/lab.v1.Inner"}}}"#,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Any","value":{"@type":"type.googleapis.com/lab.v1.Inner","number":1}}}"#,
    ),
    (
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.Value", "value": null}}"#,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Value","value":null}}"#,
    ),
    (
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.FieldMask", "value": "foo,barBaz"}}"#,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.FieldMask","value":"foo,barBaz"}}"#,
    ),
    (
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.Struct", "value": {"foo": 1}}}"#,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Struct","value":{"foo":1.0}}}"#,
    ),
];

/// A document that is refused.
const REFUSED: &[&str] = &[
    r#"{"aString": "a"#,
    r#"{"aString": 'a'}"#,
    r#"{aString: "a"}"#,
    r#"{"aString": "a",}"#,
    r#"{"aString": "a"} x"#,
    r#"{"strings": ["a",]}"#,
    r#"{"strings": ["a", "b"]"#,
    "[]",
    "null",
    "1",
    "\u{feff}{}",
    "{\"aString\": \"a\nb\"}",
    r#"{"AnInt32": 1}"#,
    r#"{"anInt32": 1, "an_int32": 2}"#,
    r#"{"anInt32": 0.5}"#,
    r#"{"anInt32": "0.5"}"#,
    r#"{"anInt32": "12abc"}"#,
    r#"{"anInt32": "1 "}"#,
    r#"{"anInt32": 01}"#,
    r#"{"anInt32": -01}"#,
    r#"{"anInt32": +1}"#,
    r#"{"anInt32": 1.}"#,
    r#"{"anInt32": .5}"#,
    r#"{"anInt32": 0x10}"#,
    r#"{"anInt32": [1]}"#,
    r#"{"anInt32": -2147483649}"#,
    r#"{"anInt32": "2147483648"}"#,
    r#"{"anInt64": -9223372036854775809}"#,
    r#"{"anInt64": "-9223372036854775809"}"#,
    r#"{"anInt64": "9223372036854775808"}"#,
    r#"{"aUint64": "18446744073709551616"}"#,
    r#"{"aUint32": 4294967296}"#,
    r#"{"aBool": 0}"#,
    r#"{"aBool": True}"#,
    r#"{"aBool": "TRUE"}"#,
    r#"{"aFloat": NaN}"#,
    r#"{"aFloat": Infinity}"#,
    r#"{"aFloat": 3.502823e38}"#,
    r#"{"aFloat": -3.502823e38}"#,
    r#"{"aDouble": 1.89769e308}"#,
    r#"{"aDouble": "-1.89769e308"}"#,
    r#"{"aDouble": ""}"#,
    r#"{"color": COLOR_RED}"#,
    r#"{"color": "color_red"}"#,
    r#"{"color": 2147483648}"#,
    r#"{"color": []}"#,
    r#"{"aString": "\U8C37"}"#,
    r#"{"aString": "\a"}"#,
    r#"{"aString": "\u00"}"#,
    r#"{"aString": "\uD800"}"#,
    r#"{"aString": "\uDC00"}"#,
    r#"{"aString": "\uDE01\uD83D"}"#,
    r#"{"aString": "\uD800x"}"#,
    r#"{"aString": {}}"#,
    r#"{"someBytes": "A"}"#,
    r#"{"someBytes": "+_"}"#,
    r#"{"someBytes": [1]}"#,
    r#"{"strings": [1]}"#,
    r#"{"strings": ["a", null]}"#,
    r#"{"doubles": {"a": 1}}"#,
    r#"{"byInt": {"0": null}}"#,
    r#"{"byInt": {"1.5": "x"}}"#,
    r#"{"byInt": {"2147483648": "x"}}"#,
    r#"{"byInt": {"0": "a", "0": "b"}}"#,
    r#"{"byBool": {"1": ""}}"#,
    r#"{"byName": [1]}"#,
    r#"{"text": "a", "text": "b"}"#,
    r#"{"text": "a", "one": {}}"#,
    r#"{"nothing": null, "text": "x"}"#,
    r#"{"span": "315576000001s"}"#,
    r#"{"span": "-315576000001s"}"#,
    r#"{"span": "1"}"#,
    r#"{"span": "s"}"#,
    r#"{"span": ".5s"}"#,
    r#"{"span": "1.s"}"#,
    r#"{"span": "+1s"}"#,
    r#"{"span": "1 s"}"#,
    r#"{"span": "1e3s"}"#,
    r#"{"time": "10000-01-01T00:00:00Z"}"#,
    r#"{"time": "0001-01-01T00:00:00+00:01"}"#,
    r#"{"time": "0001-01-01 00:00:00Z"}"#,
    r#"{"time": "1970-01-01T00:00:00+0800"}"#,
    r#"{"time": "1970-13-01T00:00:00Z"}"#,
    r#"{"time": "1970-02-30T00:00:00Z"}"#,
    r#"{"time": "1970-01-01T24:00:00Z"}"#,
    r#"{"time": "1970-01-01T00:00:00.Z"}"#,
    r#"{"time": " 1970-01-01T00:00:00Z"}"#,
    r#"{"mask": "foo,bar_bar"}"#,
    r#"{"mask": ["foo"]}"#,
    r#"{"structure": {"a": 1, "a": 2}}"#,
    r#"{"structure": "x"}"#,
    r#"{"any": {"@type": "", "value": ""}}"#,
    r#"{"any": {"@type": "not_a_url", "value": ""}}"#,
    r#"{"any": {"@type": "x/", "value": ""}}"#,
    r#"{"any": {"@type": 1}}"#,
    r#"{"any": {"@type": "x/lab.v1.Inner", "@type": "x/lab.v1.Inner"}}"#,
    r#"{"any": "x"}"#,
    r#"{"int32Value": {}}"#,
    r#"{"empty": []}"#,
];

fn canonical() -> World {
    World::with(|options| options.emit_defaults = false)
}

#[tokio::test]
async fn what_the_rules_allow_comes_back_in_canonical_form() {
    let world = canonical();
    for (sent, expected) in TAKEN {
        let answer = world.post("/v1/everything", sent).await;
        assert_eq!(answer.status, 200, "{sent}: {}", answer.text());
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(answer.json(), expected, "{sent}");
    }
}

#[tokio::test]
async fn what_the_rules_forbid_is_a_400() {
    let world = canonical();
    for sent in REFUSED {
        let answer = world.post("/v1/everything", sent).await;
        assert_eq!(answer.status, 400, "{sent}: {}", answer.text());
        assert_eq!(answer.json()["error"]["status"], "INVALID_ARGUMENT", "{sent}");
    }
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn every_depth_of_nesting_ends_in_an_answer() {
    let world = canonical();
    for depth in [1, 30, 62, 63, 64, 1_000, 100_000] {
        // A list in a list is two messages, and no decoder takes more than a hundred.
        let lists = format!(r#"{{"value":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        if depth <= 30 || depth > 63 {
            let status = world.post("/v1/everything", &lists).await.status;
            assert_eq!(status == 200, depth <= 30, "{depth} lists");
        }
        let inners = format!(r#"{{"inner":{}{{}}{}}}"#, r#"{"deeper":"#.repeat(depth), "}".repeat(depth));
        let status = world.post("/v1/everything", &inners).await.status;
        assert_eq!(status == 200, depth < 63, "{depth} messages");
    }
}

#[tokio::test]
async fn a_lenient_transcoder_passes_over_what_it_does_not_know() {
    let world = World::with(|options| {
        options.ignore_unknown = true;
        options.emit_defaults = false;
    });
    let sent = json!({
        "nope": {"a": [1]}, "color": "COLOR_PINK", "colors": ["COLOR_RED", "COLOR_PINK"],
        "inner": {"name": "n", "nope": 1}, "inners": [{"nope": 1}, {"number": 2}],
        "byName": {"k": {"nope": 1}}, "byUint": {"1": "COLOR_PINK", "2": "COLOR_RED"},
        "any": {"@type": "x/lab.v1.Inner", "number": 1, "nope": 1},
        "value": {"kept": [1]}, "list": [{"kept": true}], "[no.such.extension]": 1,
    });
    let answer = world.post("/v1/everything?nope=1", &sent.to_string()).await;
    let expected = json!({
        "colors": ["COLOR_RED"], "inner": {"name": "n"}, "inners": [{}, {"number": 2}],
        "byName": {"k": {}}, "byUint": {"2": "COLOR_RED"}, "any": {"@type": "x/lab.v1.Inner", "number": 1},
        "value": {"kept": [1.0]}, "list": [{"kept": true}],
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(world.get("/v1/things?nope=1&flag=true").await.status, 200);
    assert_eq!(world.heard().json(), json!({"flag": true}));
    assert_eq!(world.get("/v1/things?count=x").await.status, 400);
}

/// The transcoder of legacy.proto, whose service repeats what it is told.
fn legacy() -> gateway::transcode::Transcoder {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protos");
    let mut compiler = protox::Compiler::new([folder]).unwrap();
    compiler.include_imports(true).open_file("legacy.proto").unwrap();
    let pool = DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap();
    let echo = tower::service_fn(|request: http::Request<tonic::body::Body>| async {
        let mut response = http::Response::new(request.into_body());
        let headers = response.headers_mut();
        headers.insert("content-type", "application/grpc".parse().unwrap());
        headers.insert("grpc-status", "0".parse().unwrap());
        Ok::<_, tonic::Status>(response)
    });
    let upstream = gateway::transcode::Upstream::new(echo);
    let mut options = gateway::transcode::Options::new(move |_| Some(upstream.clone()));
    options.emit_defaults = false;
    gateway::transcode::Transcoder::new(pool, options).unwrap()
}

#[tokio::test]
async fn proto2_has_groups_extensions_defaults_and_required_fields() {
    let transcoder = legacy();
    let table = [
        (r#"{}"#, Some(json!({}))),
        (r#"{"count": 0, "text": ""}"#, Some(json!({"count": 0, "text": ""}))),
        (r#"{"count": 41, "size": "SIZE_LARGE"}"#, Some(json!({"count": 41, "size": "SIZE_LARGE"}))),
        (r#"{"data": {"number": 7}}"#, Some(json!({"data": {"number": 7}}))),
        (r#"{"packed": [1, 2]}"#, Some(json!({"packed": [1, 2]}))),
        (r#"{"sizes": {"-1": 7}}"#, Some(json!({"sizes": {"-1": "SIZE_HUGE"}}))),
        (r#"{"yes": false}"#, Some(json!({"yes": false}))),
        (r#"{"[legacy.v1.extra]": 5}"#, Some(json!({"[legacy.v1.extra]": "5"}))),
        (r#"{"[legacy.v1.notes]": ["a", "b"]}"#, Some(json!({"[legacy.v1.notes]": ["a", "b"]}))),
        (r#"{"[legacy.v1.notes]": null}"#, Some(json!({}))),
        (
            r#"{"[legacy.v1.deep]": {"name": "n", "id": 1}}"#,
            Some(json!({"[legacy.v1.deep]": {"name": "n", "id": "1"}})),
        ),
        (r#"{"strict": {"name": ""}}"#, Some(json!({"strict": {"name": ""}}))),
        (r#"{"strict": {"id": 1}}"#, None),
        (r#"{"[legacy.v1.deep]": {}}"#, None),
        (r#"{"[legacy.v1.extra]": "x"}"#, None),
        (r#"{"[legacy.v1.extra]": 1, "[legacy.v1.extra]": 1}"#, None),
        (r#"{"[legacy.v1.nope]": 1}"#, None),
        (r#"{"legacy.v1.extra": 1}"#, None),
        (r#"{"yes": true, "raw": ""}"#, None),
        (r#"{"size": "HUGE"}"#, None),
    ];
    for (sent, expected) in table {
        let headers = [("content-type", "application/json")];
        let response = transcoder.answer(request("POST", "/v1/old", &headers, sent)).await;
        let status = response.status().as_u16();
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        match expected {
            Some(expected) => assert_eq!((status, body), (200, expected), "{sent}"),
            None => assert_eq!(status, 400, "{sent}: {body}"),
        }
    }
}

#[tokio::test]
async fn an_unset_value_of_a_dynamic_type_is_null() {
    let world = canonical();
    world.on("EchoEverything", |_| {
        let mut raw = prost::Message::encode_to_vec(&message("lab.v1.Everything", json!({"aBool": true})));
        // Field 35, a google.protobuf.Value without any of its kinds.
        raw.extend([0x9a, 0x02, 0x00]);
        super::world::Reply::raw(raw)
    });
    let answer = world.get("/v1/everything").await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"aBool": true, "value": null})));
}
