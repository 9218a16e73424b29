//! Nothing panics, whatever comes.

use http::StatusCode;
use proptest::prelude::*;

use super::world::{Reply, World, request};

const URIS: [&str; 8] = [
    "/v1/everything",
    "/v1/things",
    "/v1/things/one:upload",
    "/v1/things:pour",
    "/v1/things:chat",
    "/v1/things/one:sendBody",
    "/v1/things/one/attachment",
    "/v1/things/one/numbers",
];

fn run<F: Future>(work: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

/// JSON-like text made of the words that matter.
fn jsonish() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "null",
        "true",
        "1",
        "-1e999",
        "1e5",
        "\"",
        "\"name\"",
        "\"any\"",
        "\"@type\"",
        "\"x/google.protobuf.Any\"",
        "\"value\"",
        "\"inner\"",
        "\"byInt\"",
        "\"time\"",
        "\"\\ud800\"",
        "\"structure\"",
        "\"x/google.protobuf.Struct\"",
        "\n",
        "\u{0}",
        "\"text\"",
        "\"nothing\"",
        "NaN",
        "\"values\"",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_body_panics(body in prop_oneof![jsonish(), any::<String>()], which in 0..URIS.len()) {
        let world = World::new();
        let method = if URIS[which].ends_with("numbers") { "PUT" } else { "POST" };
        let answer = run(world.call(method, URIS[which], &[], body));
        prop_assert!(answer.status.as_u16() < 500 || answer.status == StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn no_url_panics(path in "[/a-z0-9:%{}*.~ -]{0,40}", query in "[a-zA-Z=&%+._0-9]{0,40}") {
        let world = World::new();
        let uri = format!("/v1/{}?{query}", path.replace([' ', '{', '}'], "%"));
        if let Ok(uri) = uri.parse::<http::Uri>() {
            let answer = run(world.call("GET", &uri.to_string(), &[], ""));
            prop_assert!(answer.status.as_u16() < 500);
        }
    }

    #[test]
    fn no_answer_of_a_service_panics(raw in prop::collection::vec(any::<u8>(), 0..60)) {
        let world = World::new();
        world.on("EchoEverything", move |_| Reply::raw(raw.clone()));
        let answer = run(world.get("/v1/everything"));
        prop_assert!(answer.status == 200 || answer.status == 500);
        answer.json();
    }

    #[test]
    fn no_header_panics(
        name in prop::sample::select(vec![
            "accept", "if-match", "if-none-match", "grpc-timeout", "x-server-timeout", "idempotency-key",
            "last-event-id", "content-range", "content-type", "content-encoding", "traceparent",
        ]),
        value in "[ -~é]{0,30}",
        uri in prop::sample::select(vec!["/v1/things/one:watch", "/v1/things/one", "/v1/things/one:upload"]),
    ) {
        let world = World::new();
        world.on("Watch", |_| Reply::steps(vec![]));
        let method = if uri.ends_with("upload") { "POST" } else { "GET" };
        let answer = run(world.call(method, uri, &[(name, &value)], "x"));
        prop_assert!(answer.status.as_u16() < 600);
    }

    #[test]
    fn no_frame_panics(raw in prop::collection::vec(any::<u8>(), 0..30), whole in any::<bool>()) {
        let transcoder = run(async {
            let world = World::with(|options| {
                options.upstreams = std::sync::Arc::new(move |_| Some(speaking(raw.clone(), whole)));
            });
            world.transcoder
        });
        for uri in ["/v1/things", "/v1/things/one:watch", "/v1/things/one/files"] {
            let response = run(transcoder.answer(request("GET", uri, &[], "")));
            let _ = run(http_body_util::BodyExt::collect(response.into_body()));
        }
    }
}

/// A service that answers with these bytes.
fn speaking(raw: Vec<u8>, with_status: bool) -> gateway::transcode::Upstream {
    gateway::transcode::Upstream::new(tower::service_fn(move |_request| {
        let raw = raw.clone();
        async move {
            let mut trailers = http::HeaderMap::new();
            if with_status {
                trailers.insert("grpc-status", "0".parse().unwrap());
            }
            let frames = [http_body::Frame::data(raw.into()), http_body::Frame::trailers(trailers)]
                .map(Ok::<_, tonic::Status>);
            let body = http_body_util::StreamBody::new(futures::stream::iter(frames));
            let mut response = http::Response::new(tonic::body::Body::new(body));
            response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
            Ok(response)
        }
    }))
}
