//! Listening: HTTP/1.1 and HTTP/2 on one port, so that JSON and gRPC share it; with TLS or without.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Drained;
use super::connection::{self, Connection};
use crate::tls;

/// Pause after the system refused to accept, such as when file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where connections come from.
pub enum Listener {
    /// A port.
    Tcp(TcpListener),
    /// A port that speaks TLS only.
    Tls(TcpListener, tls::Server),
    /// A socket file, such as `admin.sock`.
    Unix(UnixListener),
}

impl Listener {
    /// Its address, when it has one.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> std::io::Result<Option<SocketAddr>> {
        match self {
            Self::Tcp(tcp) | Self::Tls(tcp, _) => tcp.local_addr().map(Some),
            Self::Unix(_) => Ok(None),
        }
    }
}

/// What a listener bears.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; more wait in the system's queue.
    pub connections: usize,
    /// How long a client may take for the handshake of TLS, and to send the head of a request.
    pub header: Duration,
    /// How long a client may stay connected before its first request.
    pub first_request: Duration,
    /// Requests at a time on one HTTP/2 connection.
    pub streams: u32,
    /// How long requests may go on after the stop; then their connections are cut (hyper#4170).
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            header: Duration::from_secs(10),
            first_request: Duration::from_secs(60),
            streams: 256,
            drain: Duration::from_secs(20),
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self::Unix(listener)
    }
}

/// Serves `router` until `stop`, then lets requests end within `limits.drain` and cuts the rest.
/// Over TCP each request carries its `ConnectInfo<SocketAddr>`.
pub async fn run(
    listener: impl Into<Listener>,
    router: Router,
    stop: CancellationToken,
    limits: Limits,
) -> Drained {
    let listener = listener.into();
    let room = Arc::new(Semaphore::new(limits.connections));
    let (connections, cut) = (TaskTracker::new(), CancellationToken::new());
    while let Some(accepted) = stop.run_until_cancelled(accept(&listener, &room)).await {
        let Some((socket, place)) = accepted else { continue };
        let (served, cut) = (serve(socket, router.clone(), limits, stop.clone()), cut.clone());
        connections.spawn(async move {
            cut.run_until_cancelled(served).await;
            drop(place);
        });
    }
    drop(listener);
    drain(&connections, &cut, limits.drain).await
}

enum Socket {
    Tcp(tokio::net::TcpStream, SocketAddr),
    Tls(tokio::net::TcpStream, SocketAddr, tls::Server),
    Unix(tokio::net::UnixStream),
}

async fn serve(socket: Socket, router: Router, limits: Limits, stop: CancellationToken) {
    let outdated = CancellationToken::new();
    match socket {
        Socket::Tcp(stream, from) => {
            let connection = Connection { stream, from: Some(from), peer: None, limits, stop, outdated };
            connection::serve(connection, router).await;
        }
        Socket::Tls(stream, from, server) => {
            let Some(shaken) = handshake(stream, &server, &limits).await else { return };
            let tls::Accepted { stream, peer, outdated } = shaken;
            let connection = Connection { stream, from: Some(from), peer, limits, stop, outdated };
            connection::serve(connection, router).await;
        }
        Socket::Unix(stream) => {
            let connection = Connection { stream, from: None, peer: None, limits, stop, outdated };
            connection::serve(connection, router).await;
        }
    }
}

async fn handshake(
    stream: tokio::net::TcpStream,
    server: &tls::Server,
    limits: &Limits,
) -> Option<tls::Accepted> {
    match tokio::time::timeout(limits.header, server.accept(stream)).await {
        Ok(Ok(accepted)) => Some(accepted),
        Ok(Err(error)) => {
            tracing::info!(%error, "a connection was not let in");
            None
        }
        Err(_) => {
            tracing::debug!("a connection did not finish its handshake");
            None
        }
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &Listener,
    room: &Arc<Semaphore>,
) -> Option<(Socket, tokio::sync::OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.ok()?;
    let accepted = match listener {
        Listener::Tcp(tcp) => tcp.accept().await.map(|(stream, from)| Socket::Tcp(stream, from)),
        Listener::Tls(tcp, server) => {
            tcp.accept().await.map(|(stream, from)| Socket::Tls(stream, from, server.clone()))
        }
        Listener::Unix(unix) => unix.accept().await.map(|(stream, _)| Socket::Unix(stream)),
    };
    match accepted {
        Ok(socket) => {
            without_delay(&socket);
            Some((socket, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// Small answers leave at once; otherwise they wait for the client's delayed acknowledgement.
fn without_delay(socket: &Socket) {
    if let Socket::Tcp(stream, _) | Socket::Tls(stream, ..) = socket
        && let Err(error) = stream.set_nodelay(true)
    {
        tracing::debug!(%error, "TCP_NODELAY was not set");
    }
}

async fn drain(connections: &TaskTracker, cut: &CancellationToken, limit: Duration) -> Drained {
    connections.close();
    if tokio::time::timeout(limit, connections.wait()).await.is_ok() {
        return Drained::Clean;
    }
    let left = connections.len();
    tracing::warn!(connections.left = left, "connections did not end in time and are cut");
    cut.cancel();
    connections.wait().await;
    Drained::Cut(left)
}
