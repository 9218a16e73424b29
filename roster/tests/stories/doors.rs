//! The one port as other people's clients find it: reflection, health, gRPC-Web.

use std::collections::BTreeSet;
use std::path::PathBuf;

use base64::Engine as _;
use platform::testing::Engine;
use prost::Message;
use proto::audience::{self, POOL};
use proto::identity::v1::{ListUsersRequest, ListUsersResponse};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::http::Http;
use crate::installation::Installation;
use crate::partner::{bootstrap, python, text};

const BASE64: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD;
const LIST_USERS: &str = "/roster.identity.v1.UserService/ListUsers";

#[tokio::test]
async fn a_client_that_knows_nothing_learns_the_public_contract_and_calls_it() {
    let (installation, key, organization) = started(&[]).await;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/doors.py");
    let address = installation.origin().trim_start_matches("http://");
    let output =
        Command::new(python()).arg(script).args([address, &key, &organization]).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    let methods = POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let public: BTreeSet<String> = methods
        .filter(audience::is_public)
        .map(|method| method.parent_service().full_name().to_owned())
        .collect();
    for version in ["v1", "v1alpha"] {
        let services =
            seen[version]["services"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let (own, shown): (BTreeSet<String>, BTreeSet<String>) =
            services.map(str::to_owned).partition(|name| name.starts_with("grpc."));
        let reflection = format!("grpc.reflection.{version}.ServerReflection");
        assert_eq!((shown, own), (public.clone(), ["grpc.health.v1.Health".to_owned(), reflection].into()));
        assert_eq!(seen[version]["hidden"], json!(["NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]));
    }
    assert_eq!(seen["users"], json!(["olivia@acme.example"]));
    assert_eq!(seen["health"], json!({"all": 1, "users": 1, "watched": 1, "unknown": "NOT_FOUND"}));
}

#[tokio::test]
async fn grpc_web_carries_messages_and_trailers_in_the_body() {
    let (installation, key, organization) = started(&[]).await;
    let http = installation.http().with(&key);
    let request = ListUsersRequest { parent: organization, ..Default::default() }.encode_to_vec();
    for text in [false, true] {
        let (message, trailers) = web(&http, LIST_USERS, &request, text).await;
        let answer = ListUsersResponse::decode(message.unwrap().as_slice()).unwrap();
        assert_eq!(answer.users[0].email, "olivia@acme.example");
        assert!(trailers.contains("grpc-status:0"), "{trailers}");
        for internal in ["/roster.identity.v1.AccessService/Authenticate", "/roster.none.v1.None/None"] {
            let (message, trailers) = web(&http, internal, &[], text).await;
            assert_eq!(message, None);
            assert!(
                trailers.contains("grpc-status:12") && trailers.contains("grpc-status-details-bin:"),
                "{trailers}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_may_call_over_grpc_web_if_its_origin_is_on_the_list() {
    let (installation, key, organization) = started(&["--gateway-cors-origin", "https://app.example"]).await;
    let http = installation.http().with(&key);
    let request = ListUsersRequest { parent: organization, ..Default::default() }.encode_to_vec();
    let body = [&[0_u8][..], &u32::try_from(request.len()).unwrap().to_be_bytes(), &request].concat();
    for (origin, allowed) in [("https://app.example", true), ("https://evil.example", false)] {
        let asked = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,x-grpc-web,idempotency-key"),
        ];
        let sent = [("origin", origin), ("content-type", "application/grpc-web+proto"), ("x-grpc-web", "1")];
        for answer in [
            http.send("OPTIONS", LIST_USERS, &asked, vec![]).await,
            http.send("POST", LIST_USERS, &sent, body.clone()).await,
        ] {
            let named =
                answer.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
            assert_eq!((answer.status, named), (200, allowed.then_some(origin)));
        }
    }
}

async fn started(arguments: &[&str]) -> (Installation, String, String) {
    let mut installation = Installation::new(Engine::Sqlite);
    let made = bootstrap(&installation).await;
    installation.start_with(arguments).await;
    (installation, text(&made, "api_key"), text(&made, "organization"))
}

/// One unary call: the first message, if any, and the trailers.
async fn web(http: &Http, path: &str, message: &[u8], text: bool) -> (Option<Vec<u8>>, String) {
    let kind = if text { "application/grpc-web-text" } else { "application/grpc-web+proto" };
    let mut body = [&[0_u8][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat();
    if text {
        body = BASE64.encode(body).into_bytes();
    }
    let headers = [("content-type", kind), ("accept", kind), ("x-grpc-web", "1")];
    let answer = http.send("POST", path, &headers, body).await;
    assert_eq!(answer.status, 200);
    let bytes = if text { unpacked(&answer.bytes) } else { answer.bytes.to_vec() };
    let (mut found, mut rest) = (None, bytes.as_slice());
    while let [flag, a, b, c, d, after @ ..] = rest {
        let (frame, others) = after.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        if flag & 0x80 != 0 {
            return (found, String::from_utf8(frame.to_vec()).unwrap().replace(": ", ":"));
        }
        found = Some(frame.to_vec());
        rest = others;
    }
    panic!("no trailers in {bytes:?}");
}

/// Each piece is padded for itself, and so are two in one buffer.
fn unpacked(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for four in text.chunks(4) {
        bytes.extend(BASE64.decode(four).unwrap());
    }
    bytes
}
