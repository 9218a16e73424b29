//! Certificates between services: who we are, whom we believe, and both again when the files change.
//!
//! Every service has a certificate of one own authority with its name in the SAN (reliability.md, S13).
//! Files are looked at again and again, because cert-manager and Kubernetes replace them under a running
//! process. A change makes new configurations for new connections, and asks the old connections to end
//! when their requests have: a revoked authority is then not believed for ever by those already inside.

use std::path::PathBuf;

mod accept;
mod certificate;
mod configs;
mod identity;
mod verify;

pub use accept::{Accepted, Client, Server};
pub use identity::{Identity, Public};

/// The services that have certificates: what a SAN may name.
pub const SERVICES: [&str; 5] = ["identity", "license", "import", "notify", "gateway"];

/// The files of one service, all PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The own certificate, and after it any between it and the authority.
    pub certificate: PathBuf,
    /// The private key of the certificate.
    pub key: PathBuf,
    /// The authorities that are believed: one, or two while one follows the other.
    pub authority: PathBuf,
}

/// The service at the other end of a connection, by its certificate. An extension of each request that
/// came over mutual TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerName(pub &'static str);

/// Why certificates cannot be used. Says nothing of a key's content.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("tls: {path}: {source}")]
    File {
        /// The file in question.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("tls: {path} does not hold {expected}")]
    Malformed {
        /// The file in question.
        path: PathBuf,
        /// What a good file holds.
        expected: &'static str,
    },
    /// The certificate names none of our services, or more than one.
    #[error("tls: the certificate names no service of ours in its SAN, or more than one")]
    Nameless,
    /// A running process was given the certificate of another service.
    #[error("tls: the certificate is that of {named}, and no longer that of this service")]
    Another {
        /// The service that it names.
        named: &'static str,
    },
    /// Certificate and key do not belong together, or their algorithms are not accepted.
    #[error("tls: {0}")]
    Unusable(#[from] rustls::Error),
}
