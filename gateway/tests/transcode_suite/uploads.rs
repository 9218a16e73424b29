//! Files and lines into client streams.

use axum::body::Body;
use bytes::Bytes;
use prost_reflect::DynamicMessage;
use serde_json::json;
use tonic::Status;

use super::world::{Answer, Heard, Reply, World, request, to_json};

const UPLOAD: &str = "/v1/things/one:upload";
const CHUNK: usize = 64 * 1024;

fn world() -> World {
    let world = World::new();
    let done = |_: &Heard| Reply::message("lab.v1.Thing", json!({"name": "done"}));
    for method in ["Upload", "Pour", "SendBody"] {
        world.on(method, done);
    }
    world
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

/// Offset, length and finish of each chunk, after checking the bytes.
fn chunks(messages: &[DynamicMessage], content: &[u8], start: usize) -> Vec<(usize, usize, bool)> {
    let mut found = Vec::new();
    let mut all = Vec::new();
    for message in messages {
        let chunk = message.get_field_by_name("chunk").unwrap().into_owned();
        let chunk = chunk.as_message().unwrap();
        let data = chunk.get_field_by_name("data").unwrap().as_bytes().unwrap().clone();
        let offset = chunk.get_field_by_name("offset").unwrap().as_i64().unwrap();
        let finish = chunk.get_field_by_name("finish").unwrap().as_bool().unwrap();
        found.push((usize::try_from(offset).unwrap() - start, data.len(), finish));
        all.extend_from_slice(&data);
    }
    assert_eq!(all, content);
    found
}

#[tokio::test]
async fn a_raw_body_becomes_a_first_message_and_chunks() {
    let world = world();
    for (length, expected) in [
        (0, vec![(0, 0, true)]),
        (1, vec![(0, 1, true)]),
        (CHUNK, vec![(0, CHUNK, true)]),
        (CHUNK + 1, vec![(0, CHUNK, false), (CHUNK, 1, true)]),
        (3 * CHUNK, vec![(0, CHUNK, false), (CHUNK, CHUNK, false), (2 * CHUNK, CHUNK, true)]),
    ] {
        let content = content(length);
        let headers = [("content-type", "text/csv"), ("idempotency-key", "k")];
        let uri = format!("{UPLOAD}?kind=COLOR_RED&start.file_name=x.csv");
        let answer = world.call("POST", &uri, &headers, content.clone()).await;
        assert_eq!(answer.json()["name"], "done", "{}", answer.text());
        let heard = world.heard();
        let start = json!({"name": "things/one", "kind": "COLOR_RED", "fileName": "x.csv", "requestId": "k"});
        assert_eq!(to_json(&heard.messages[0]), json!({"start": start}));
        assert_eq!(chunks(&heard.messages[1..], &content, 0), expected);
        assert!(!heard.broken);
    }
}

#[tokio::test]
async fn content_range_gives_the_start_and_says_whether_more_follows() {
    let world = world();
    for (range, offset, last) in [
        ("bytes 100-109/110", 100, true),
        ("bytes 100-109/200", 100, false),
        ("bytes 100-109/*", 100, false),
        ("bytes 0-9/10", 0, true),
        ("bytes 100-*/*", 100, false),
    ] {
        let answer = world.call("POST", UPLOAD, &[("content-range", range)], content(10)).await;
        assert_eq!(answer.status, 200, "{range} {}", answer.text());
        assert_eq!(chunks(&world.heard().messages[1..], &content(10), offset), [(0, 10, last)], "{range}");
    }
    for wrong in [
        "bytes 5-4/10",
        "bytes 0-9/5",
        "0-9/10",
        "bytes a-b/c",
        "bytes 0-9",
        "bytes 0-18446744073709551615/*",
    ] {
        world.call("POST", UPLOAD, &[("content-range", wrong)], content(10)).await.blames("Content-Range");
    }
    world
        .call("POST", UPLOAD, &[("content-range", "bytes 0-8/9")], content(10))
        .await
        .blames("Content-Range");
}

async fn form(world: &World, parts: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend_from_slice(
            format!("--BOUNDARY\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--BOUNDARY--\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=BOUNDARY")];
    world.call("POST", UPLOAD, &headers, body).await
}

#[tokio::test]
async fn a_form_gives_its_fields_to_the_first_message_and_its_file_to_chunks() {
    let world = world();
    let file = content(5 * 1024 * 1024);
    let answer =
        form(&world, &[("name=\"kind\"", b"COLOR_BLUE"), ("name=\"file\"; filename=\"a.csv\"", &file)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let heard = world.heard();
    let start = json!({"name": "things/one", "kind": "COLOR_BLUE", "fileName": "a.csv"});
    assert_eq!(to_json(&heard.messages[0]), json!({"start": start}));
    let found = chunks(&heard.messages[1..], &file, 0);
    assert_eq!(found.len(), 80);
    assert!(found.iter().rev().skip(1).all(|(_, length, finish)| *length == CHUNK && !finish));
    form(&world, &[("name=\"fileName\"", b"own"), ("name=\"anything\"; filename=\"a.csv\"", b"x")]).await;
    assert_eq!(to_json(&world.heard().messages[0])["start"]["fileName"], "own");
    form(&world, &[("name=\"file\"", b"no file name")]).await;
    assert_eq!(chunks(&world.heard().messages[1..], b"no file name", 0).len(), 1);
}

#[tokio::test]
async fn a_wrong_form_is_refused_and_never_taken_for_a_whole_file() {
    let world = world();
    let file: (&str, &[u8]) = ("name=\"file\"; filename=\"a\"", b"x");
    form(&world, &[("name=\"nope\"", b"1"), file]).await.blames("nope");
    form(&world, &[("name=\"kind\"", b"RED"), file]).await.blames("kind");
    form(&world, &[("name=\"name\"", b"things/two"), file]).await.blames("name");
    form(&world, &[("name=\"kind\"", b"1"), ("name=\"kind\"", b"1"), file]).await.blames("kind");
    let deep = format!("name=\"{}\"", vec!["a"; 10_000].join("."));
    let answer = form(&world, &[(deep.as_str(), b"1"), file]).await;
    assert!(answer.status == 400 && answer.text().contains("nested too deeply"), "{}", answer.text());
    assert!(answer.body.len() < 1_000, "{}", answer.body.len());
    for parts in [&[][..], &[file, file], &[file, ("name=\"kind\"", b"1")]] {
        assert_eq!(form(&world, parts).await.status, 400);
    }
    let headers = [("content-type", "multipart/form-data; boundary=B")];
    let torn = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf";
    assert_eq!(world.call("POST", UPLOAD, &headers, torn).await.status, 400);
    let headers = [("content-type", "multipart/form-data")];
    assert_eq!(world.call("POST", UPLOAD, &headers, torn).await.status, 415);
    assert_eq!(world.calls(), 0, "the service never saw the end of any of these");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_broken_stream() {
    let world = world();
    let pieces = [Ok(Bytes::from(content(2 * CHUNK))), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures::stream::iter(pieces));
    let answer = world.send(request("POST", UPLOAD, &[], body)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["message"], "the body could not be read to its end");
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn an_upload_over_the_limit_is_413() {
    let world = World::with(|options| options.limits.upload = 10);
    world.on("Upload", |_| Reply::message("lab.v1.Thing", json!({})));
    assert_eq!(world.call("POST", UPLOAD, &[], content(10)).await.status, 200);
    assert_eq!(world.call("POST", UPLOAD, &[], content(11)).await.status, 413);
    assert_eq!(form(&world, &[("name=\"file\"; filename=\"a\"", &content(11))]).await.status, 413);
    assert_eq!(world.call("POST", "/v1/things:pour", &[], content(11)).await.status, 413);
}

#[tokio::test]
async fn a_service_that_refuses_early_is_heard_although_the_body_goes_on() {
    let world = World::with(|options| {
        options.upstreams = std::sync::Arc::new(|_| {
            Some(gateway::transcode::Upstream::new(tower::service_fn(|_request| async {
                Err(Status::resource_exhausted("no room"))
            })))
        });
    });
    let endless = Body::from_stream(futures::stream::repeat_with(|| {
        Ok::<_, std::io::Error>(Bytes::from(content(CHUNK)))
    }));
    let answer = world.send(request("POST", UPLOAD, &[], endless)).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"]["message"].clone()), (429, json!("no room")));
}

#[tokio::test]
async fn a_part_whose_head_never_ends_is_not_kept_in_memory() {
    let world = World::with(|options| options.limits.body = 100_000);
    let head = Bytes::from_static(b"--B\r\nContent-Disposition: form-data; name=\"");
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 1000])));
    let body = futures::StreamExt::chain(futures::stream::iter([Ok(head)]), endless);
    let headers = [("content-type", "multipart/form-data; boundary=B")];
    let answer = world.send(request("POST", UPLOAD, &headers, Body::from_stream(body))).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_service_that_does_not_read_stops_the_client_from_sending() {
    let raw = stalled(&[], b"").await;
    assert!(raw < 6, "{raw} pieces were taken");
    let headers = [("content-type", "multipart/form-data; boundary=B")];
    let head = b"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n";
    let form = stalled(&headers, head).await;
    assert!(form < 8, "{form} pieces were taken");
}

/// How many pieces of an endless body are taken for a service that never reads.
async fn stalled(headers: &[(&str, &str)], head: &'static [u8]) -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let taken = std::sync::Arc::new(AtomicUsize::new(0));
    let world = World::with(|options| {
        options.upstreams = std::sync::Arc::new(|_| {
            Some(gateway::transcode::Upstream::new(tower::service_fn(|request| async move {
                std::future::pending::<()>().await;
                drop(request);
                Err(Status::cancelled(""))
            })))
        });
    });
    let counter = std::sync::Arc::clone(&taken);
    let endless = futures::stream::repeat_with(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from(content(CHUNK)))
    });
    let body = futures::StreamExt::chain(futures::stream::iter([Ok(Bytes::from_static(head))]), endless);
    let call = world.send(request("POST", UPLOAD, headers, Body::from_stream(body)));
    tokio::time::timeout(std::time::Duration::from_millis(200), call).await.unwrap_err();
    taken.load(Ordering::Relaxed)
}

#[tokio::test]
async fn other_client_streams_take_a_message_a_line() {
    let world = world();
    let answer = world
        .call("POST", "/v1/things:pour?", &[], "{\"name\":\"a\"}\n\r\n  \n{\"count\":\"5\"}\r\n{}")
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let messages: Vec<_> = world.heard().messages.iter().map(to_json).collect();
    assert_eq!(messages, [json!({"name": "a"}), json!({"count": "5"}), json!({})]);
    let answer = world.call("POST", "/v1/things:pour", &[], "{}\n{\"nope\":1}\n").await;
    answer.blames("nope");
    assert!(answer.text().contains("line 2"));
    assert_eq!(world.calls(), 1);
    let headers = [("content-type", "text/csv")];
    assert_eq!(world.call("POST", "/v1/things:pour", &headers, "{}").await.status, 415);
}

#[tokio::test]
async fn a_stream_of_http_bodies_takes_raw_bytes() {
    let world = world();
    let headers = [("content-type", "image/png")];
    world.call("POST", "/v1/things/one:sendBody?note=n", &headers, content(CHUNK + 1)).await;
    let heard = world.heard();
    assert_eq!(heard.messages.len(), 2);
    let first = to_json(&heard.messages[0]);
    assert_eq!(
        (&first["name"], &first["note"], &first["file"]["contentType"]),
        (&json!("things/one"), &json!("n"), &json!("image/png"))
    );
    assert!(to_json(&heard.messages[1]).get("name").is_none());
    world.call("POST", "/v1/things/one:sendBody?note=n", &headers, "").await;
    let expected = json!({"name": "things/one", "note": "n", "file": {"contentType": "image/png"}});
    assert_eq!(world.heard().json(), expected, "no bytes are one message too");
}

#[tokio::test]
async fn lines_in_give_lines_out() {
    let world = World::new();
    world.on("Chat", |heard| {
        Reply::steps(heard.raw.iter().cloned().map(super::world::Step::Message).collect())
    });
    let headers = [("accept", "application/json")];
    let answer =
        world.call("POST", "/v1/things:chat", &headers, "{\"name\":\"a\"}\n{\"name\":\"b\"}\n").await;
    let names: Vec<_> = answer.json().as_array().unwrap().iter().map(|thing| thing["name"].clone()).collect();
    assert_eq!(names, ["a", "b"]);
    let answer = world.call("POST", "/v1/things:chat", &headers, "{\"name\":1}\n").await;
    answer.blames("name");
}
