//! A gRPC server on a socket that speaks no Rust contract, the transcoder in front of it, and a client.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use bytes::Bytes;
use clap::Parser;
use gateway::TranscodeConfig;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use platform::serve::{self, Spawner};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Serves while it is held.
pub struct Served {
    pub address: SocketAddr,
    _stop: DropGuard,
}

pub async fn serve(router: Router) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let limits = serve::Limits { drain: std::time::Duration::ZERO, ..serve::Limits::default() };
    let stopping = stop.clone();
    Spawner::new().task("test.server", async move {
        serve::run(listener, router, stopping, limits).await;
    });
    Served { address, _stop: stop.drop_guard() }
}

/// The contract of tests/protos, as a file.
pub struct Contract {
    folder: TempDir,
}

impl Contract {
    pub fn of(proto: &str, imports: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let protos = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protos");
        let mut compiler = protox::Compiler::new([protos]).unwrap();
        compiler.include_imports(imports).open_file(proto).unwrap();
        std::fs::write(folder.path().join("set.binpb"), compiler.encode_file_descriptor_set()).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("set.binpb")
    }
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: TranscodeConfig,
}

/// Settings as a person would write them.
pub fn settings(descriptors: &Path, upstream: &str, more: &[&str]) -> TranscodeConfig {
    let descriptors = descriptors.to_str().unwrap();
    let line = ["gateway", "--descriptors", descriptors, "--upstream", upstream];
    Line::try_parse_from(line.iter().chain(more)).unwrap_or_else(|error| panic!("{error}")).settings
}

/// A server that repeats each message that it is sent, whatever the method.
pub fn echo() -> Router {
    Router::new().fallback(|request: Request<axum::body::Body>| async move {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "0".parse().unwrap());
        let body = request.into_body().with_trailers(async move { Some(Ok(trailers)) });
        let mut response = Response::new(axum::body::Body::new(body));
        response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        Ok::<_, Infallible>(response)
    })
}

/// A server that reads all that it is sent and answers with an empty message.
pub fn reader() -> Router {
    Router::new().fallback(|request: Request<axum::body::Body>| async move {
        let _ = request.into_body().collect().await;
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "0".parse().unwrap());
        let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async move { Some(Ok(trailers)) });
        let mut response = Response::new(axum::body::Body::new(body));
        response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        Ok::<_, Infallible>(response)
    })
}

/// The transcoder of lab.proto in front of the echo.
pub async fn lab(more: &[&str]) -> (Served, Served) {
    let upstream = serve(echo()).await;
    let contract = Contract::of("lab.proto", true);
    let settings = settings(&contract.path(), &format!("http://{}", upstream.address), more);
    let front = serve(gateway::alone::router(&settings).unwrap()).await;
    (front, upstream)
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }
}

pub fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

impl Served {
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let (head, body) = client().request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status, headers: head.headers, body }
    }
}
