//! `google.api.HttpBody`, both ways.

use http_body_util::BodyExt;
use serde_json::json;
use tonic::Status;

use super::world::{Reply, Step, World, request, step};

fn piece(content_type: &str, data: &str) -> Step {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(data);
    step("google.api.HttpBody", json!({"contentType": content_type, "data": data}))
}

#[tokio::test]
async fn a_download_has_its_own_media_type_and_file_name() {
    let world = World::new();
    world.on("Download", |_| {
        let name = "attachment; filename=\"a \\\"b\\\".csv\"; filename*=UTF-8''%C3%A9.csv";
        Reply::steps(vec![piece("text/csv; charset=utf-8", "a,b\n")]).with_header("content-disposition", name)
    });
    let answer = world.get("/v1/things/one/file").await;
    assert_eq!(answer.text(), "a,b\n");
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(answer.header("content-disposition").unwrap().contains("filename*=UTF-8''%C3%A9.csv"));
    for wrong in ["", "a\nb", "é\r"] {
        world.on("Download", move |_| Reply::steps(vec![piece(wrong, "x")]));
        let answer = world.get("/v1/things/one/file").await;
        assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    }
}

#[tokio::test]
async fn a_streamed_download_is_passed_on_piece_by_piece() {
    let world = World::new();
    world.on("DownloadStream", |_| {
        let steps = vec![piece("text/csv", "a,"), piece("", "b"), piece("", ""), piece("", "\n")];
        Reply::steps(steps).with_header("content-disposition", "attachment; filename=\"x.csv\"")
    });
    let headers = [("accept", "text/event-stream")];
    let answer = world.call("GET", "/v1/things/one/files", &headers, "").await;
    assert_eq!(answer.text(), "a,b\n");
    assert_eq!(answer.header("content-type"), Some("text/csv"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"x.csv\""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    world.on("DownloadStream", |_| Reply::steps(vec![]));
    let answer = world.get("/v1/things/one/files").await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, ""));
}

#[tokio::test]
async fn a_download_that_fails_early_is_an_error_and_one_that_fails_late_breaks_off() {
    let world = World::new();
    world.on("DownloadStream", |_| Reply::status(Status::not_found("no file")));
    assert_eq!(world.get("/v1/things/one/files").await.status, 404);
    world.on("DownloadStream", |_| {
        Reply::steps(vec![piece("", "a"), Step::Status(Status::data_loss("torn"))])
    });
    let response = world.open(request("GET", "/v1/things/one/files", &[], "")).await;
    assert_eq!(response.status(), 200);
    response.into_body().collect().await.unwrap_err();
}

#[tokio::test]
async fn a_raw_body_goes_into_the_http_body_field() {
    let world = World::new();
    world.on("Attach", |_| Reply::message("lab.v1.Thing", json!({})));
    let headers = [("content-type", "image/png")];
    let answer =
        world.call("POST", "/v1/things/one/attachment?note=n", &headers, vec![0xff, 0x00, 0x01]).await;
    assert_eq!(answer.status, 200);
    let expected =
        json!({"name": "things/one", "note": "n", "file": {"contentType": "image/png", "data": "/wAB"}});
    assert_eq!(world.heard().json(), expected);
}
