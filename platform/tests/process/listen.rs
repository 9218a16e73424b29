use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use platform::serve::{self, Drained, Limits, Signals};
use platform::testing::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<Drained>,
    asked: Arc<Notify>,
}

fn quick() -> Limits {
    let soon = Duration::from_millis(100);
    Limits { header: soon, first_request: soon, drain: soon, ..Limits::default() }
}

#[expect(clippy::disallowed_methods, reason = "the test is the process here")]
async fn start(limits: Limits) -> Server {
    let (asked, stop) = (Arc::new(Notify::new()), CancellationToken::new());
    let (slow, never, stopped) = (asked.clone(), asked.clone(), stop.clone());
    let router = Router::new()
        .route("/from", get(async |ConnectInfo(from): ConnectInfo<SocketAddr>| from.ip().to_string()))
        .route("/slow", get(async move || begun(&slow, outlasts(&stopped)).await))
        .route("/never", get(async move || begun(&never, std::future::pending::<()>()).await));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let running = tokio::spawn(serve::run(listener, router, stop.clone(), limits));
    Server { address, stop, running, asked }
}

/// Ends a while after the stop.
async fn outlasts(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Tells that a request is under way.
async fn begun(asked: &Notify, work: impl Future<Output = ()>) {
    asked.notify_one();
    work.await;
}

impl Server {
    async fn stopped(self) -> Drained {
        self.stop.cancel();
        within("the stop", self.running).await.unwrap()
    }

    async fn get(&self, client: &Client<HttpConnector, Empty<Bytes>>, path: &str) -> (http::Version, String) {
        let url = format!("http://{}{path}", self.address).parse().unwrap();
        let response = within("an answer", client.get(url)).await.unwrap();
        let version = response.version();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (version, String::from_utf8(body.to_vec()).unwrap())
    }
}

fn client(http2: bool) -> Client<HttpConnector, Empty<Bytes>> {
    Client::builder(TokioExecutor::new()).http2_only(http2).build_http()
}

#[tokio::test]
async fn one_port_speaks_both_versions() {
    let server = start(Limits::default()).await;
    for (http2, version) in [(false, http::Version::HTTP_11), (true, http::Version::HTTP_2)] {
        assert_eq!(server.get(&client(http2), "/from").await, (version, "127.0.0.1".to_owned()));
    }
    assert_eq!(server.stopped().await, Drained::Clean, "idle connections end at once");
}

#[tokio::test]
async fn grpc_is_served_over_the_socket() {
    let (_reporter, health) = tonic_health::server::health_reporter();
    let router = tonic::service::Routes::new(health).into_axum_router();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let served = serve::run(listener, router, stop.clone(), Limits::default());
    let called = async {
        let socket = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let origin = format!("http://{address}").parse().unwrap();
        let mut client = tonic_health::pb::health_client::HealthClient::with_origin(socket, origin);
        client.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
        stop.cancel();
    };
    let (drained, ()) = within("both", futures::future::join(served, called)).await;
    assert_eq!(drained, Drained::Clean);
}

#[tokio::test]
async fn r12_a_request_under_way_is_answered_after_the_stop() {
    let server = start(Limits::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    within("the request", server.asked.notified()).await;
    assert_eq!(server.stopped().await, Drained::Clean);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test is the process here")]
async fn r12_a_request_that_never_ends_is_cut_at_the_limit() {
    for http2 in [false, true] {
        let server = start(Limits { drain: quick().drain, ..Limits::default() }).await;
        let url = format!("http://{}/never", server.address).parse().unwrap();
        let call = tokio::spawn(client(http2).get(url));
        within("the request", server.asked.notified()).await;
        assert_eq!(server.stopped().await, Drained::Cut(1));
        within("the client's end", call).await.unwrap().unwrap_err();
    }
}

#[tokio::test]
async fn a_client_that_does_not_speak_is_closed() {
    let server = start(quick()).await;
    for head in [&b""[..], b"PRI * HTTP", b"GET /slow HTTP/1.1\r\nHost:"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(head).await.unwrap();
        let mut answer = Vec::new();
        // Closed or reset: either way it ends by itself.
        let ended = within("the close", stream.read_to_end(&mut answer)).await;
        assert!(ended.is_err() || answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
    }
    assert_eq!(server.stopped().await, Drained::Clean);
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_room() {
    let server = start(Limits { connections: 1, ..quick() }).await;
    let first = TcpStream::connect(server.address).await.unwrap();
    let second = client(false);
    let waiting = server.get(&second, "/from");
    // The first says nothing and is closed; then there is room.
    let (_, answer) = within("room", waiting).await;
    assert_eq!(answer, "127.0.0.1");
    drop(first);
    server.stopped().await;
}

#[tokio::test]
async fn a_socket_file_is_served_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let stop = CancellationToken::new();
    let router = serve::Health::default().routes();
    let served = serve::run(listener, router, stop.clone(), Limits::default());
    let asked = async {
        let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        stop.cancel();
        answer
    };
    let (drained, answer) = within("both", futures::future::join(served, asked)).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    assert_eq!(drained, Drained::Clean);
}

#[tokio::test]
async fn r12_sigterm_stops_the_process() {
    let (signals, stop) = (Signals::install().unwrap(), CancellationToken::new());
    // Nobody waits for it yet: a process may still be building what it serves.
    let own = rustix::process::getpid();
    rustix::process::kill_process(own, rustix::process::Signal::TERM).unwrap();
    within("the stop", signals.cancel(stop.clone())).await;
    assert!(stop.is_cancelled());
}
