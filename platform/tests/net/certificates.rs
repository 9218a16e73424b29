//! S13: who is not let in, and whom nobody speaks to.

use std::sync::Arc;

use platform::keys::Keys;
use platform::peer::{self, Peers};
use platform::serve::{Process, Spawner};
use platform::testing::{TestClock, within};
use platform::tls::{Error, Files, Identity};
use proto::identity::v1::CheckAccessRequest;
use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::identity::v1::access_service_server::AccessServiceServer;
use rcgen::ExtendedKeyUsagePurpose as Use;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic::service::Routes;

use crate::pki::{Authority, Leaf, weak};
use crate::replica::{Counter, Replica, read, settings};

/// The preface of HTTP/2 with empty settings: who is let in gets an answer.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Whether somebody with this certificate is answered.
async fn let_in(server: &Replica, pair: Option<&(String, String)>) -> bool {
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
    let tcp = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("identity").unwrap();
    match tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await {
        Ok(stream) => is_answered(stream).await,
        Err(_) => false,
    }
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

#[tokio::test]
async fn s13_no_bad_certificate_is_let_in() {
    let (ours, other) = (Authority::new(), Authority::new());
    let server = Replica::at("127.0.0.1:0", Some(ours.identity("identity").server()));
    let good = Leaf::of("license");
    assert!(let_in(&server, Some(&ours.sign(&good))).await, "the good one");
    assert!(let_in(&server, Some(&ours.sign(&Leaf::of("license.roster.svc")))).await, "the full name");
    let bad = [
        ("other authority", Some(other.sign(&good))),
        ("expired", Some(ours.sign(&Leaf { years: (2000, 2020), ..Leaf::of("license") }))),
        ("not yet", Some(ours.sign(&Leaf { years: (2090, 2100), ..Leaf::of("license") }))),
        ("wrong name", Some(ours.sign(&Leaf::of("mallory")))),
        ("a name within a name", Some(ours.sign(&Leaf::of("mallory.license")))),
        ("self-signed", Some(good.self_signed())),
        ("none", None),
        ("server as client", Some(ours.sign(&Leaf { uses: vec![Use::ServerAuth], ..Leaf::of("license") }))),
    ];
    for (case, pair) in &bad {
        assert!(!let_in(&server, pair.as_ref()).await, "{case}");
    }
    let plain = TcpStream::connect(server.address).await.unwrap();
    assert!(!is_answered(plain).await, "plaintext");
    assert!(let_in(&server, Some(&ours.sign(&good))).await, "the good one again");
}

#[tokio::test]
async fn s13_a_weak_authority_is_not_believed() {
    let (certificate, key, authority) = weak();
    let files = Files { certificate: certificate.clone(), key: key.clone(), authority };
    let server = Replica::at("127.0.0.1:0", Some(Identity::open(files).unwrap().server()));
    let pair = (std::fs::read_to_string(certificate).unwrap(), std::fs::read_to_string(key).unwrap());
    assert!(!let_in(&server, Some(&pair)).await);
}

#[tokio::test]
async fn s13_an_authority_that_was_swapped_is_not_believed_any_more() {
    let (old, new) = (Authority::new(), Authority::new());
    let mut mount = old.mount("identity");
    let identity = mount.open();
    let server = Replica::at("127.0.0.1:0", Some(identity.server()));
    let (revoked, good) = (old.sign(&Leaf::of("license")), new.sign(&Leaf::of("license")));
    assert!(let_in(&server, Some(&revoked)).await);
    mount.swap(&new.sign(&Leaf::of("identity")), &new.pem());
    assert!(identity.reload().unwrap());
    assert!(!let_in(&server, Some(&revoked)).await);
    assert!(let_in(&server, Some(&good)).await);
}

#[tokio::test]
async fn s13_nobody_speaks_to_a_server_that_is_somebody_else() {
    let (ours, other) = (Authority::new(), Authority::new());
    let client = ours.identity("gateway");
    let call = async |files: &crate::pki::Mount| {
        let server = Replica::at("127.0.0.1:0", Some(files.open().server()));
        let settings = settings(&[server.address], Some(client.client("identity")));
        let peer = peer::remote(settings, &Spawner::new());
        (read(&peer, "any").await.map_err(|status| status.code()), server.calls())
    };
    assert_eq!(call(&ours.mount("identity")).await, (Ok(()), 1));
    let mut client_only = ours.mount("identity");
    client_only.swap(&ours.sign(&Leaf { uses: vec![Use::ClientAuth], ..Leaf::of("identity") }), &ours.pem());
    let mut expired = ours.mount("identity");
    expired.swap(&ours.sign(&Leaf { years: (2000, 2020), ..Leaf::of("identity") }), &ours.pem());
    let bad = [
        ("another service", ours.mount("license")),
        ("other authority", other.mount("identity")),
        ("client as server", client_only),
        ("expired", expired),
    ];
    for (case, mount) in &bad {
        assert_eq!(call(mount).await, (Err(Code::Unavailable), 0), "{case}");
    }
    let plain = Replica::start();
    let settings = settings(&[plain.address], Some(client.client("identity")));
    let refused = read(&peer::remote(settings, &Spawner::new()), "any").await.unwrap_err();
    assert_eq!((refused.code(), plain.calls()), (Code::Unavailable, 0), "plaintext");
}

#[tokio::test]
async fn s13_a_service_token_is_good_on_its_own_connection_only() {
    let ours = Authority::new();
    let process = Process::new(TestClock::new().clock(), Keys::ephemeral().unwrap()).unwrap();
    let counter = Counter::default();
    let routes = process.guard("identity", Routes::new(AccessServiceServer::new(counter.clone())));
    let server = Replica::serving("127.0.0.1:0", Some(ours.identity("identity").server()), routes, counter);
    for (certificate, expected) in [("gateway", Ok(())), ("license", Err(Code::Unauthenticated))] {
        let tls = ours.identity(certificate).client("identity");
        let remote = peer::remote(settings(&[server.address], Some(tls)), &process.spawner);
        let peers = Peers::new(process.signer("gateway")).with("identity", remote);
        let mut client = AccessServiceClient::new(peers.work("identity", None).unwrap());
        let answer = client.check_access(CheckAccessRequest::default()).await;
        assert_eq!(answer.map(drop).map_err(|status| status.code()), expected, "{certificate}");
    }
    assert_eq!(server.calls(), 1);
}

#[test]
fn bad_files_are_named() {
    let ours = Authority::new();
    let mut mount = ours.mount("identity");
    let (certificate, key) = ours.sign(&Leaf::of("identity"));
    mount.swap(&(certificate.clone(), ours.sign(&Leaf::of("identity")).1), &ours.pem());
    assert!(matches!(Identity::open(mount.files()), Err(Error::Unusable(_))), "another's key");
    mount.swap(&(certificate.clone(), "nothing".to_owned()), &ours.pem());
    assert!(Identity::open(mount.files()).err().unwrap().to_string().contains("tls.key"));
    mount.swap(&(certificate, key), "");
    assert!(Identity::open(mount.files()).err().unwrap().to_string().contains("ca.crt"));
    mount.swap(&ours.sign(&Leaf::of("mallory")), &ours.pem());
    assert!(matches!(Identity::open(mount.files()), Err(Error::Nameless)));
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
