//! The program itself: started, asked, stopped; and what it says about settings that cannot work.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use platform::serve::Spawner;
use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_rustls::TlsAcceptor;

use super::world::{Contract, Served, echo, lab, serve, settings};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.arg("transcode").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The address it prints.
async fn address(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await.unwrap();
    let line = line.unwrap().unwrap();
    line.strip_prefix("gateway listens on http://").unwrap().to_owned()
}

#[tokio::test]
async fn it_serves_a_tonic_server_until_it_is_told_to_stop() {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("ready", tonic_health::ServingStatus::Serving).await;
    let upstream = serve(tonic::service::Routes::new(health).into_axum_router()).await;
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("health.binpb");
    std::fs::write(&set, tonic_health::pb::FILE_DESCRIPTOR_SET).unwrap();
    let upstream_url = format!("http://{}", upstream.address);
    let mut child = program(&[
        "--descriptors",
        set.to_str().unwrap(),
        "--upstream",
        &upstream_url,
        "--listen",
        "127.0.0.1:0",
        "--bind-unannotated",
    ])
    .spawn()
    .unwrap();
    let front = address(&mut child).await;
    let client = super::world::client();
    let request = Request::post(format!("http://{front}/grpc.health.v1.Health/Check"));
    let body = http_body_util::Full::from(json!({"service": "ready"}).to_string());
    let answer = client.request(request.body(body).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    assert_eq!(body, r#"{"status":"SERVING"}"#);
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(10), child.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn r12_whoever_knows_the_address_can_stop_it_well() {
    let contract = Contract::of("lab.proto", true);
    let set = contract.path();
    let mut child = program(&[
        "--descriptors",
        set.to_str().unwrap(),
        "--upstream",
        "http://127.0.0.1:1",
        "--listen",
        "127.0.0.1:0",
    ])
    .spawn()
    .unwrap();
    address(&mut child).await;
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(10), child.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
}

/// A set of two files, as protoc writes it, of which the second says `edition = "2023"`.
fn with_an_edition() -> Vec<u8> {
    let file = |name: &str, syntax: &str| FileDescriptorProto {
        name: Some(name.to_owned()),
        syntax: Some(syntax.to_owned()),
        ..FileDescriptorProto::default()
    };
    let file = vec![file("plain.proto", "proto3"), file("shop.proto", "editions")];
    FileDescriptorSet { file }.encode_to_vec()
}

#[tokio::test]
async fn settings_that_cannot_work_are_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let (broken, empty) = (folder.path().join("broken"), folder.path().join("empty"));
    std::fs::write(&broken, "not a set").unwrap();
    std::fs::write(&empty, "").unwrap();
    let health = folder.path().join("health");
    std::fs::write(&health, tonic_health::pb::FILE_DESCRIPTOR_SET).unwrap();
    let edition = folder.path().join("edition");
    std::fs::write(&edition, with_an_edition()).unwrap();
    let lab = Contract::of("lab.proto", true);
    let partial = Contract::of("lab.proto", false);
    let up = "http://127.0.0.1:1";
    let table = [
        (folder.path().join("missing"), up, vec![], "cannot be read"),
        (broken.clone(), up, vec![], "not a FileDescriptorSet"),
        (empty, up, vec![], "empty FileDescriptorSet"),
        (health, up, vec![], "--bind-unannotated"),
        (edition, up, vec![], "shop.proto is written in an edition"),
        (partial.path(), up, vec![], "imports http_rules.proto"),
        (lab.path(), "ftp://x", vec![], "--upstream"),
        (lab.path(), "http://x/path", vec![], "--upstream"),
        (lab.path(), "127.0.0.1:1", vec![], "--upstream"),
        (lab.path(), up, vec!["--service", "no.Such"], "no service no.Such"),
        (lab.path(), "https://x", vec!["--upstream-authority", broken.to_str().unwrap()], "certificates"),
    ];
    for (set, upstream, more, problem) in table {
        let mut command = program(&["--descriptors", set.to_str().unwrap(), "--upstream", upstream]);
        let output = command.args(["--listen", "127.0.0.1:0"]).args(&more).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(problem), "{problem}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
}

#[tokio::test]
async fn calls_are_spread_over_connections_and_a_server_that_is_gone_is_503() {
    let (front, upstream) = lab(&["--connections", "3"]).await;
    for _ in 0..10 {
        assert_eq!(front.call("GET", "/v1/things/one", &[], "").await.status, 200);
    }
    let address = upstream.address;
    drop(upstream);
    // The listener closes a moment after its last request.
    let gone = async {
        loop {
            let answer = front.call("GET", "/v1/things/one", &[], "").await;
            if answer.status == 503 {
                break answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    assert_eq!(answer.json()["error"]["status"], "UNAVAILABLE");
    // And once it is back, calls are answered again.
    let listener = TcpListener::bind(address).await.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let served = platform::serve::run(listener, echo(), stop.clone(), platform::serve::Limits::default());
    let calls = async {
        for _ in 0..10 {
            assert_eq!(front.call("GET", "/v1/things/one", &[], "").await.status, 200);
        }
        stop.cancel();
    };
    tokio::join!(served, calls);
}

#[tokio::test]
async fn only_the_chosen_services_and_headers_go_through() {
    let upstream = serve(axum::Router::new().fallback(|headers: http::HeaderMap| async move {
        let mut answer = http::HeaderMap::new();
        for (name, value) in &headers {
            answer.insert(http::HeaderName::try_from(format!("seen-{name}")).unwrap(), value.clone());
        }
        answer.insert("content-type", "application/grpc".parse().unwrap());
        answer.insert("grpc-status", "5".parse().unwrap());
        answer
    }))
    .await;
    let contract = Contract::of("lab.proto", true);
    let url = format!("http://{}", upstream.address);
    let more = [
        "--request-header",
        "x-tenant,x-data-bin",
        "--response-header",
        "seen-x-tenant,seen-authorization,seen-x-other",
        "--service",
        "lab.v1.Lab",
        "--bind-unannotated",
    ];
    let front = serve(gateway::alone::router(&settings(&contract.path(), &url, &more)).unwrap()).await;
    let headers = [("x-tenant", "t"), ("authorization", "Bearer k"), ("x-other", "o")];
    let answer = front.call("POST", "/lab.v1.Lab/Bare", &headers, "{}").await;
    assert_eq!((answer.status.as_u16(), answer.header("seen-x-tenant")), (404, Some("t")));
    assert_eq!(
        (answer.header("seen-authorization"), answer.header("seen-x-other")),
        (Some("Bearer k"), None)
    );
}

/// An authority's certificate, and a server of it on a socket, with TLS and HTTP/2.
async fn with_tls(router: axum::Router) -> (String, std::net::SocketAddr) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = config.with_no_client_auth().with_single_cert(vec![own.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let spawner = Spawner::new();
    spawner.clone().task("test.tls", async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            spawner.task("test.tls.connection", async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let service = TowerToHyperService::new(router);
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (authority_certificate.pem(), address)
}

#[tokio::test]
async fn an_https_server_is_believed_by_the_given_authority_alone() {
    let (authority, address) = with_tls(echo()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, authority).unwrap();
    let contract = Contract::of("lab.proto", true);
    let file = file.to_str().unwrap();
    let front = |host: &'static str, more: Vec<String>| {
        let url = format!("https://{host}:{}", address.port());
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        gateway::alone::router(&settings(&contract.path(), &url, &more)).unwrap()
    };
    let given = vec!["--upstream-authority".to_owned(), file.to_owned()];
    let asked = async |router| -> u16 {
        let front: Served = serve(router).await;
        front.call("GET", "/v1/things/one", &[], "").await.status.as_u16()
    };
    assert_eq!(asked(front("localhost", given.clone())).await, 200);
    assert_eq!(asked(front("127.0.0.1", given)).await, 503, "the certificate is for another name");
    assert_eq!(asked(front("localhost", vec![])).await, 503, "the system does not know the authority");
}
