//! Other origins, packed answers, packed requests.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, FlushCompress};
use futures::{StreamExt, stream};
use http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use super::world::{Contract, Served, lab, settings};

const ORIGINS: [&str; 2] = ["--cors-origin", "https://app.example,http://localhost:3000"];

/// Origins, and whether they are believed.
const ASKING: [(&str, bool); 11] = [
    ("https://app.example", true),
    ("http://localhost:3000", true),
    ("http://app.example", false),
    ("https://app.example:443", false),
    ("https://APP.example", false),
    ("https://app.example.evil", false),
    ("https://evil.app.example", false),
    ("https://app.example/", false),
    ("http://localhost", false),
    ("null", false),
    ("*", false),
];

#[tokio::test]
async fn a_preflight_is_granted_to_exactly_the_listed_origins() {
    let (front, _upstream) = lab(&ORIGINS).await;
    let mut cases = 0;
    for (origin, believed) in ASKING {
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", method),
                ("access-control-request-headers", "authorization,content-type,idempotency-key,if-match"),
            ];
            let answer = front.call("OPTIONS", "/v1/things/one", &headers, "").await;
            let granted = answer.header("access-control-allow-origin");
            assert_eq!(granted, Some(origin).filter(|_| believed), "{origin} {method}");
            assert!(answer.header("access-control-allow-methods").unwrap().contains(method));
            let allowed = answer.header("access-control-allow-headers").unwrap();
            for name in ["authorization", "content-type", "idempotency-key", "if-match"] {
                assert!(allowed.contains(name), "{allowed}");
            }
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{origin} {method}");
            assert!(answer.header("vary").unwrap().contains("origin"));
            cases += 1;
        }
    }
    assert!(cases >= 40, "{cases}");
}

#[tokio::test]
async fn a_page_may_send_and_read_the_headers_that_the_operator_named() {
    let more = ["--request-header", "x-tenant,x-data-bin", "--response-header", "x-quota,x-trace"];
    let (front, _upstream) = lab(&[&ORIGINS[..], &more[..]].concat()).await;
    let asked = [("origin", "https://app.example"), ("access-control-request-method", "GET")];
    let granted = front.call("OPTIONS", "/v1/things/one", &asked, "").await;
    let answered = front.call("GET", "/v1/things/one", &asked[..1], "").await;
    for (answer, header, expected) in [
        (granted, "access-control-allow-headers", ["x-tenant", "x-data-bin", "authorization"]),
        (answered, "access-control-expose-headers", ["x-quota", "x-trace", "etag"]),
    ] {
        let names: Vec<&str> = answer.header(header).unwrap().split(',').map(str::trim).collect();
        assert!(expected.iter().all(|name| names.contains(name)), "{header}: {names:?}");
    }
}

#[tokio::test]
async fn an_answer_can_be_read_by_exactly_the_listed_origins() {
    let (front, _upstream) = lab(&ORIGINS).await;
    for (origin, believed) in ASKING {
        let answer = front.call("GET", "/v1/things/one", &[("origin", origin)], "").await;
        assert_eq!(answer.status, 200);
        let granted = answer.header("access-control-allow-origin");
        assert_eq!(granted, Some(origin).filter(|_| believed), "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.header("access-control-expose-headers").unwrap().contains("etag"));
    }
}

#[tokio::test]
async fn without_a_list_no_origin_is_believed() {
    let (front, _upstream) = lab(&[]).await;
    for (origin, _) in ASKING {
        let headers = [("origin", origin), ("access-control-request-method", "GET")];
        for method in ["OPTIONS", "GET"] {
            let answer = front.call(method, "/v1/things/one", &headers, "").await;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin} {method}");
            assert_eq!(answer.status.as_u16(), if method == "GET" { 200 } else { 405 });
        }
    }
}

#[test]
fn a_list_names_whole_origins_and_nothing_wider() {
    use clap::Parser;
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        _settings: gateway::TranscodeConfig,
    }
    let parse = |origin: &str| {
        let line = ["x", "--descriptors", "d", "--upstream", "http://u", "--cors-origin", origin];
        Line::try_parse_from(line).is_ok()
    };
    for good in ["https://app.example", "http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:1"] {
        assert!(parse(good), "{good}");
    }
    for bad in [
        "*",
        "null",
        "",
        "app.example",
        "https://*.example",
        "https://app.example/",
        "https://app.example/x",
        "https://App.example",
        "https://app.example:443",
        "http://app.example:80",
        "ftp://app.example",
        "https://user@app.example",
        "https://app.example?x",
    ] {
        assert!(!parse(bad), "{bad}");
    }
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

fn packed(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().into()
}

async fn thing(front: &Served, length: usize, accept: &str) -> super::world::Answer {
    let body = json!({"name": "x".repeat(length)}).to_string();
    front.call("POST", "/v1/things", &[("accept-encoding", accept)], &body).await
}

#[tokio::test]
async fn long_json_is_packed_when_the_client_takes_it() {
    let (front, _upstream) = lab(&[]).await;
    let answer = thing(&front, 2_000, "gzip, br").await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(answer.header("vary").unwrap().contains("accept-encoding"));
    assert!(answer.body.len() < 200, "{}", answer.body.len());
    assert_eq!(unpacked(&answer.body), json!({"name": "x".repeat(2_000)}).to_string());
    for (length, accept) in [(2_000, "identity"), (2_000, "gzip;q=0"), (2_000, ""), (1_000, "gzip")] {
        let answer = thing(&front, length, accept).await;
        assert_eq!(answer.header("content-encoding"), None, "{length} {accept}");
        assert_eq!(answer.json()["name"].as_str().unwrap().len(), length);
    }
}

#[tokio::test]
async fn head_says_what_get_says_without_the_body() {
    let (front, _upstream) = lab(&[]).await;
    let long = format!("/v1/things/{}", "x".repeat(2_000));
    for (path, accept) in [
        ("/v1/things/one", "gzip"),
        (long.as_str(), "identity"),
        (long.as_str(), "gzip"),
        ("/v1/things/one/files", "identity"),
    ] {
        let headers = [("accept-encoding", accept)];
        let sent = front.call("GET", path, &headers, "").await;
        let told = front.call("HEAD", path, &headers, "").await;
        assert_eq!((sent.status.as_u16(), told.status), (200, sent.status), "{path}");
        assert_eq!(told.header("content-type"), sent.header("content-type"), "{path} {accept}");
        let length = told.header("content-length");
        assert!(length.is_none() || length == sent.header("content-length"), "{path} {accept}: {length:?}");
        assert!(told.body.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_stream_is_never_held_back_to_be_packed() {
    let (front, _upstream) = lab(&[]).await;
    for accept in ["text/event-stream", "application/x-ndjson", "application/json"] {
        let headers = [("accept-encoding", "gzip"), ("accept", accept)];
        let answer = front.call("GET", "/v1/things/one:watch", &headers, "").await;
        assert_eq!(answer.header("content-encoding"), None, "{accept}");
    }
}

async fn post(router: &axum::Router, path: &str, coding: &str, body: Body) -> (u16, String) {
    let request = Request::post(path).header("content-encoding", coding).body(body).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

async fn router(upstream: &Served, more: &[&str]) -> axum::Router {
    let contract = Contract::of("lab.proto", true);
    gateway::alone::router(&settings(&contract.path(), &format!("http://{}", upstream.address), more))
        .unwrap()
}

#[tokio::test]
async fn a_packed_request_is_unpacked_within_the_limit_of_a_plain_one() {
    let upstream = super::world::serve(super::world::echo()).await;
    let router = router(&upstream, &["--body-bytes", "1000"]).await;
    let body = |length: usize| format!(r#"{{"name":"{}"}}"#, "x".repeat(length - 11));
    let table = [
        ("gzip", packed(body(1_000).as_bytes()), 200),
        ("gzip", packed(body(1_001).as_bytes()), 413),
        ("identity", Bytes::from(body(1_000)), 200),
        ("identity", Bytes::from(body(1_001)), 413),
        ("gzip", Bytes::from("not gzip"), 400),
        ("gzip", packed(body(1_000).as_bytes()).slice(..20), 400),
        ("br", Bytes::from("x"), 415),
        ("gzip, gzip", packed(&packed(b"{}")), 415),
    ];
    for (coding, sent, status) in table {
        let (answered, text) = post(&router, "/v1/things", coding, Body::from(sent)).await;
        assert_eq!(answered, status, "{coding}: {text}");
    }
}

/// Ten GiB of spaces in one gzip stream, and a count of the MiB that were taken.
fn bomb() -> (Body, Arc<AtomicUsize>) {
    let mut mebibyte = Vec::with_capacity(1 << 16);
    let spaces = vec![b' '; 1 << 20];
    // Flushed in full, each piece means the same wherever it stands (RFC 1951).
    flate2::Compress::new(Compression::best(), false)
        .compress_vec(&spaces, &mut mebibyte, FlushCompress::Full)
        .unwrap();
    let (mebibyte, taken) = (Bytes::from(mebibyte), Arc::new(AtomicUsize::new(0)));
    let head = Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    let counted = Arc::clone(&taken);
    let pieces = stream::iter(0..10_240).map(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        mebibyte.clone()
    });
    let pieces = stream::iter([head]).chain(pieces).map(Ok::<_, std::convert::Infallible>);
    (Body::from_stream(pieces), taken)
}

#[tokio::test]
async fn a_bomb_is_refused_after_as_much_as_a_plain_body_may_hold() {
    let upstream = super::world::serve(super::world::reader()).await;
    let router = router(&upstream, &["--upload-bytes", "16777216"]).await;
    // A body that is read whole, a stream of lines, an upload.
    for (path, most) in [("/v1/things", 4), ("/v1/things:pour", 16), ("/v1/things/one:upload", 16)] {
        let (body, taken) = bomb();
        let (status, text) = post(&router, path, "gzip", body).await;
        assert_eq!(status, 413, "{path}: {text}");
        let taken = taken.load(Ordering::Relaxed);
        assert!(taken <= most + 3, "{path}: {taken} MiB were unpacked");
    }
}

#[tokio::test]
async fn a_front_that_is_full_says_so_to_every_origin_and_has_room_for_streams() {
    let (front, _upstream) = lab(&["--requests-at-once", "0", ORIGINS[0], ORIGINS[1]]).await;
    let asked = [("origin", "https://app.example")];

    let full = front.call("GET", "/v1/things/one", &asked, "").await;
    assert_eq!((full.status.as_u16(), full.header("retry-after")), (503, Some("1")));
    assert_eq!(full.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(full.json()["error"]["status"], "UNAVAILABLE");

    let stream = front.call("GET", "/v1/things/one", &[("accept", "application/x-ndjson")], "").await;
    assert_ne!(stream.status.as_u16(), 503, "streams are counted apart");
}
