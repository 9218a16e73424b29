//! Who must not be let in, and a client that tries (S13).

use std::net::SocketAddr;
use std::sync::Arc;

use platform::testing::within;
use rcgen::ExtendedKeyUsagePurpose as Use;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::pki::{Authority, Leaf};

/// A certificate and its key; none for somebody who shows none.
type Pair = Option<(String, String)>;

/// Certificates that a server of `ours` refuses.
pub fn strangers(ours: &Authority, other: &Authority) -> Vec<(&'static str, Pair)> {
    let good = Leaf::of("license");
    vec![
        ("other authority", Some(other.sign(&good))),
        ("expired", Some(ours.sign(&Leaf { years: (2000, 2020), ..Leaf::of("license") }))),
        ("not yet", Some(ours.sign(&Leaf { years: (2090, 2100), ..Leaf::of("license") }))),
        ("wrong name", Some(ours.sign(&Leaf::of("mallory")))),
        ("a name within a name", Some(ours.sign(&Leaf::of("mallory.license")))),
        ("self-signed", Some(good.self_signed())),
        ("none", None),
        ("server as client", Some(ours.sign(&Leaf { uses: vec![Use::ServerAuth], ..Leaf::of("license") }))),
    ]
}

/// The preface of HTTP/2 with empty settings: who is let in gets an answer.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Whether somebody with this certificate is answered.
pub async fn let_in(server: SocketAddr, pair: Option<&(String, String)>) -> bool {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting));
    let mut config = match pair {
        Some((certificate, key)) => config.with_client_auth_cert(chain(certificate), private(key)).unwrap(),
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = TcpStream::connect(server).await.unwrap();
    let name = ServerName::try_from("identity").unwrap();
    match tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await {
        Ok(stream) => is_answered(stream).await,
        Err(_) => false,
    }
}

/// Whether somebody who speaks plainly is answered.
pub async fn let_in_without_tls(server: SocketAddr) -> bool {
    is_answered(TcpStream::connect(server).await.unwrap()).await
}

async fn is_answered<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> bool {
    let mut settings = [0; 9];
    let said = stream.write_all(HELLO).await.is_ok();
    // The fourth byte of a frame is its type, and SETTINGS is 4.
    said && within("an answer", stream.read_exact(&mut settings)).await.is_ok() && settings[3] == 4
}

fn chain(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect()
}

fn private(pem: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// Believes every server: here only the client's certificate is in question.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
