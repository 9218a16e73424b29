//! From an address to a connection that takes calls.

use std::io;
use std::net::SocketAddr;

use futures::FutureExt;
use futures::future::BoxFuture;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use super::Settings;

/// A fresh connection.
pub(super) struct Dialled {
    pub(super) sender: SendRequest<Body>,
    /// Drives it until it ends.
    pub(super) driver: BoxFuture<'static, ()>,
    /// Cancelled when it was made with certificates that are replaced since.
    pub(super) outdated: CancellationToken,
}

/// TCP, TLS and HTTP/2, together within the limit.
pub(super) async fn dial(address: SocketAddr, settings: &Settings) -> io::Result<Dialled> {
    match tokio::time::timeout(settings.connect, connect(address, settings)).await {
        Ok(connected) => connected,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn connect(address: SocketAddr, settings: &Settings) -> io::Result<Dialled> {
    // A name may come to mean another machine at any time; tokens must not go there in the clear.
    if settings.tls.is_none() && !address.ip().to_canonical().is_loopback() {
        let text = "without certificates only this machine is called";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let Some(tls) = &settings.tls else { return speak(stream, CancellationToken::new(), settings).await };
    let (stream, outdated) = tls.connect(stream).await?;
    speak(stream, outdated, settings).await
}

async fn speak<S>(stream: S, outdated: CancellationToken, settings: &Settings) -> io::Result<Dialled>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.ping)
        .keep_alive_timeout(settings.pong)
        .keep_alive_while_idle(true);
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let driver = async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to a peer ended early");
        }
    };
    Ok(Dialled { sender, driver: driver.boxed(), outdated })
}
