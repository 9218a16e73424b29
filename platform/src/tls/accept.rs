//! The two ends of a connection.

use std::io;
use std::sync::Arc;

use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use tokio_util::sync::CancellationToken;

use super::PeerName;
use super::certificate::service_of;
use super::identity::Watched;

/// Accepts connections with what the files say now. Cheap to clone.
#[derive(Clone)]
pub struct Server(pub(super) Arc<Watched>);

/// Connects to one service with what the files say now. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    pub(super) watched: Arc<Watched>,
    pub(super) service: &'static str,
}

/// A connection that passed its handshake.
pub struct Accepted {
    /// The encrypted stream.
    pub stream: server::TlsStream<TcpStream>,
    /// Who is there; none at the outer door.
    pub peer: Option<PeerName>,
    /// Cancelled when the certificates changed: the connection should end when its requests have.
    pub outdated: CancellationToken,
}

impl Server {
    /// The handshake; the caller bounds its time.
    ///
    /// # Errors
    /// Why the other side is not let in: no TLS, no certificate, or a bad one.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<Accepted> {
        let configs = self.0.now();
        let stream = TlsAcceptor::from(configs.server.clone()).accept(stream).await?;
        let certificates = stream.get_ref().1.peer_certificates();
        let peer = certificates.and_then(|chain| service_of(chain.first()?)).map(PeerName);
        Ok(Accepted { stream, peer, outdated: configs.outdated.clone() })
    }
}

impl Client {
    /// The handshake, and what is cancelled when the certificates changed since; the caller bounds its
    /// time.
    ///
    /// # Errors
    /// Why the other side is not believed to be the service.
    pub async fn connect(
        &self,
        stream: TcpStream,
    ) -> io::Result<(client::TlsStream<TcpStream>, CancellationToken)> {
        let configs = self.watched.now();
        let config = configs.client.clone().ok_or(io::ErrorKind::Unsupported)?;
        let name = ServerName::try_from(self.service).map_err(io::Error::other)?;
        let stream = TlsConnector::from(config).connect(name, stream).await?;
        Ok((stream, configs.outdated.clone()))
    }
}
