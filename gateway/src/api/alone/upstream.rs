//! Connections to one gRPC server, opened when they are needed and used in turn.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::http::uri::{Authority, PathAndQuery, Scheme};
use ::http::{Request, Response, Uri};
use anyhow::Context;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::service_fn;

use crate::config::TranscodeConfig;
use crate::transcode::Upstream;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// A silent server is asked this often whether it is there, and given up after as long again.
const PING: Duration = Duration::from_secs(20);
/// What may be on its way on one connection, and of one answer, before we have read it.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
const STREAM_WINDOW: u32 = 1024 * 1024;

type Connection = Client<HttpsConnector<HttpConnector>, Body>;

struct Server {
    scheme: Scheme,
    authority: Authority,
    /// Each holds one HTTP/2 connection: one alone is a lock that all calls wait for.
    connections: Vec<Connection>,
    next: AtomicUsize,
}

/// The server that the settings name. Nothing is connected before the first call.
pub(super) fn connect(settings: &TranscodeConfig) -> anyhow::Result<Upstream> {
    let (scheme, authority) = place(&settings.upstream)?;
    let connector = connector(settings.upstream_authority.as_deref())?;
    let connections = (0..settings.connections).map(|_| connection(connector.clone())).collect();
    let server = Arc::new(Server { scheme, authority, connections, next: AtomicUsize::new(0) });
    Ok(Upstream::new(service_fn(move |request| {
        let server = Arc::clone(&server);
        async move { server.call(request).await }
    })))
}

impl Server {
    async fn call(&self, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        *request.uri_mut() = self.uri(request.uri())?;
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        let answer = self.connections[turn].request(request).await.map_err(unavailable)?;
        Ok(answer.map(|body| Body::new(body.map_err(|error| status(Box::new(error))))))
    }

    fn uri(&self, path: &Uri) -> Result<Uri, Status> {
        let path = path.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let mut parts = ::http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map_err(|error| Status::new(Code::Internal, error.to_string()))
    }
}

fn place(upstream: &Uri) -> anyhow::Result<(Scheme, Authority)> {
    const WANTED: &str = "--upstream is scheme, host and port, such as http://127.0.0.1:50051";
    let parts = upstream.clone().into_parts();
    let (scheme, authority) = (parts.scheme.context(WANTED)?, parts.authority.context(WANTED)?);
    let bare = matches!(upstream.path(), "" | "/") && upstream.query().is_none();
    anyhow::ensure!(bare && [Scheme::HTTP, Scheme::HTTPS].contains(&scheme), WANTED);
    Ok((scheme, authority))
}

fn connection(connector: HttpsConnector<HttpConnector>) -> Connection {
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .http2_only(true)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PING)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .build(connector)
}

fn connector(authority: Option<&Path>) -> anyhow::Result<HttpsConnector<HttpConnector>> {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(CONNECT));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = HttpsConnectorBuilder::new();
    let builder = match authority {
        None => builder.with_provider_and_native_roots(provider).context("the system has no certificates")?,
        Some(file) => {
            let config =
                ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
            builder.with_tls_config(config.with_root_certificates(roots(file)?).with_no_client_auth())
        }
    };
    Ok(builder.https_or_http().enable_http2().wrap_connector(tcp))
}

fn roots(file: &Path) -> anyhow::Result<RootCertStore> {
    let unread = || format!("{} holds no certificates", file.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).with_context(unread)? {
        roots.add(certificate.with_context(unread)?).with_context(unread)?;
    }
    anyhow::ensure!(!roots.is_empty(), unread());
    Ok(roots)
}

/// A call that got no answer at all.
fn unavailable(error: hyper_util::client::legacy::Error) -> Status {
    if error.is_connect() {
        tracing::warn!(%error, "the upstream cannot be reached");
        return Status::unavailable("the upstream cannot be reached");
    }
    status(Box::new(error))
}

/// What HTTP/2 says of a broken call; a lost connection is no fault of the call (grpc/doc/statuscodes.md).
fn status(error: Box<dyn std::error::Error + Send + Sync>) -> Status {
    let status = Status::from_error(error);
    match status.code() {
        Code::Unknown => Status::unavailable("the connection to the upstream broke"),
        _ => status,
    }
}
