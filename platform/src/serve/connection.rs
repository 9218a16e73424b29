//! One connection, from its first byte to its graceful end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt};

use super::Limits;
use crate::tls::PeerName;

/// A silent HTTP/2 peer is asked this often whether it is there.
const PING: Duration = Duration::from_secs(30);
/// And is given up after this long.
const PONG: Duration = Duration::from_secs(20);

pub(super) struct Connection<S> {
    pub(super) stream: S,
    pub(super) from: Option<SocketAddr>,
    /// The service at the other end, when its certificate says so.
    pub(super) peer: Option<PeerName>,
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
    /// Ends this connection alone, such as when the certificate behind it was replaced.
    pub(super) outdated: CancellationToken,
}

/// Serves until the client leaves; at the stop no new request is taken (GOAWAY, `Connection: close`).
pub(super) async fn serve<S>(connection: Connection<S>, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Connection { stream, from, peer, limits, stop, outdated } = connection;
    let spoke = CancellationToken::new();
    let service = TowerToHyperService::new(marked(router, from, peer, spoke.clone()));
    let builder = builder(limits);
    let mut served = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let silent = async {
        tokio::time::sleep(limits.first_request).await;
        if spoke.is_cancelled() {
            std::future::pending::<()>().await;
        }
    };
    let leaving = async {
        tokio::select! {
            () = stop.cancelled() => {}
            () = outdated.cancelled() => {}
        }
    };
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = silent => return tracing::debug!("a silent connection is closed"),
        () = leaving => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The router, told where and whom each request comes from; `spoke` is cancelled by the first one.
fn marked(
    router: Router,
    from: Option<SocketAddr>,
    peer: Option<PeerName>,
    spoke: CancellationToken,
) -> impl Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = Infallible,
    Future: Send + 'static,
> + Clone
+ Send
+ 'static {
    ServiceExt::<Request<Incoming>>::map_request(router, move |mut request: Request<Incoming>| {
        spoke.cancel();
        if let Some(from) = from {
            request.extensions_mut().insert(ConnectInfo(from));
        }
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        request
    })
}

fn builder(limits: Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.header);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG);
    builder
}
