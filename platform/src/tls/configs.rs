//! One consistent reading of the files, as the library wants it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::CertificateDer;
use tokio_util::sync::CancellationToken;

use super::certificate::{certificates, private_key, service_of};
use super::verify::{Called, Known};
use super::{Error, Files};

/// What new connections use until the files change.
pub(super) struct Configs {
    /// The files as they were read, to see a change.
    pub(super) contents: Vec<Vec<u8>>,
    /// The service that the own certificate names; none for the outer door.
    pub(super) service: Option<&'static str>,
    pub(super) server: Arc<ServerConfig>,
    pub(super) client: Option<Arc<ClientConfig>>,
    /// Cancelled when the next reading has taken this one's place.
    pub(super) outdated: CancellationToken,
}

/// Both sides of mutual TLS 1.3. Sessions are not resumed: each connection shows its certificate anew,
/// and connections are few and long.
pub(super) fn mutual(files: &Files, contents: Vec<Vec<u8>>) -> Result<Configs, Error> {
    let [certificate, key, authority] = &contents[..] else { return Err(Error::Nameless) };
    let chain = certificates(&files.certificate, certificate)?;
    let key = private_key(&files.key, key)?;
    let roots = roots(&files.authority, authority)?;
    let service = chain.first().and_then(service_of).ok_or(Error::Nameless)?;
    let provider = provider();
    let mut server = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(Known::new(roots.clone(), provider.clone())?))
        .with_single_cert(chain.clone(), key.clone_key())?;
    server.alpn_protocols = vec![b"h2".to_vec()];
    server.session_storage = Arc::new(NoServerSessionStorage {});
    server.send_tls13_tickets = 0;
    let client = client(provider, roots, chain, key)?;
    let (service, client) = (Some(service), Some(Arc::new(client)));
    Ok(Configs { contents, service, server: Arc::new(server), client, outdated: CancellationToken::new() })
}

fn client(
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: rustls_pki_types::PrivateKeyDer<'static>,
) -> Result<ClientConfig, Error> {
    let algorithms = provider.signature_verification_algorithms;
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Called { roots, algorithms }))
        .with_client_auth_cert(chain, key)?;
    client.alpn_protocols = vec![b"h2".to_vec()];
    client.resumption = Resumption::disabled();
    Ok(client)
}

/// The outer door: TLS 1.2 too, and nobody is asked for a certificate.
pub(super) fn public(paths: &[PathBuf; 2], contents: Vec<Vec<u8>>) -> Result<Configs, Error> {
    let [certificate, key] = &contents[..] else { return Err(Error::Nameless) };
    let chain = certificates(&paths[0], certificate)?;
    let mut server = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, private_key(&paths[1], key)?)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let (server, outdated) = (Arc::new(server), CancellationToken::new());
    Ok(Configs { contents, service: None, server, client: None, outdated })
}

fn roots(path: &Path, pem: &[u8]) -> Result<Arc<RootCertStore>, Error> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(path, pem)? {
        roots.add(authority)?;
    }
    Ok(Arc::new(roots))
}

/// Chosen here and not by the process: the library panics when features enabled elsewhere leave it two.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
