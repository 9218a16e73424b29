//! What every program of the second shape can be told.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Args;

use crate::serve::Load;
use crate::{config, tls};

/// Where a process listens, who it is, and whom it knows.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Settings {
    /// The one port. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Health and metrics for operators, without TLS.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub admin_listen: SocketAddr,
    /// The keys folder: the own signing key, the shared keys, and in issuers/ the public keys of the others.
    #[arg(long, value_name = "DIR", default_value = "keys")]
    pub keys: PathBuf,
    /// How long requests may go on after SIGTERM; then they are cut.
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = config::duration)]
    pub drain: Duration,
    /// Certificates.
    #[command(flatten)]
    pub tls: Tls,
    /// Addresses of the others.
    #[command(flatten)]
    pub peers: Peers,
    /// How much it takes on at once.
    #[command(flatten)]
    pub load: Load,
}

/// The certificate of a process, and the authority that all of them share.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Tls {
    /// PEM file with the own certificate; its SAN names the service. Read again when it changes.
    #[arg(long, value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate.
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// PEM file with the authorities whose certificates are believed.
    #[arg(long, value_name = "FILE")]
    pub tls_authority: Option<PathBuf>,
}

/// Where the other services are: `host:port`, or several with commas between. All addresses of a host
/// are used.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Peers {
    /// Where identity-svc is: host:port, all of whose addresses are used, or several with commas.
    #[arg(long, value_name = "HOST:PORT", default_value = "identity:8443")]
    pub peer_identity: String,
    /// Where license-svc is.
    #[arg(long, value_name = "HOST:PORT", default_value = "license:8443")]
    pub peer_license: String,
    /// Where import-svc is.
    #[arg(long, value_name = "HOST:PORT", default_value = "import:8443")]
    pub peer_import: String,
    /// Where notify-svc is.
    #[arg(long, value_name = "HOST:PORT", default_value = "notify:8443")]
    pub peer_notify: String,
}

impl Peers {
    /// The addresses of one service.
    pub(super) fn of(&self, service: &str) -> &str {
        match service {
            "identity" => &self.peer_identity,
            "license" => &self.peer_license,
            "import" => &self.peer_import,
            "notify" => &self.peer_notify,
            _ => "",
        }
    }
}

impl Settings {
    /// The certificates, when there are any.
    ///
    /// # Errors
    /// One or two of the three files; none of them on an address that others can reach; a certificate
    /// that names another service.
    pub(super) fn identity(&self, service: &str) -> anyhow::Result<Option<tls::Identity>> {
        let Tls { tls_certificate, tls_key, tls_authority } = &self.tls;
        let (certificate, key, authority) = match (tls_certificate, tls_key, tls_authority) {
            (Some(certificate), Some(key), Some(authority)) => (certificate, key, authority),
            (None, None, None) if self.listen.ip().is_loopback() => return Ok(None),
            (None, None, None) => bail!(
                "{} can be reached by others: --tls-certificate, --tls-key and --tls-authority are needed",
                self.listen
            ),
            _ => bail!("--tls-certificate, --tls-key and --tls-authority go together"),
        };
        let files =
            tls::Files { certificate: certificate.clone(), key: key.clone(), authority: authority.clone() };
        let identity = tls::Identity::open(files)?;
        match identity.service() {
            Some(named) if named == service => Ok(Some(identity)),
            named => bail!("the certificate is that of {}, not of {service}", named.unwrap_or("nobody")),
        }
    }
}
