use std::sync::Arc;

use lettre::transport::smtp::client::{Certificate, CertificateStore};
use platform::testing::within;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::*;

const HOST: &str = "127.0.0.1";

/// A relay that speaks TLS once it was asked to.
struct Encrypting {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    certificate: Vec<u8>,
}

impl Encrypting {
    async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .expect("a key of the certificate");
        Self {
            listener: TcpListener::bind((HOST, 0)).await.expect("a port"),
            acceptor: TlsAcceptor::from(Arc::new(server)),
            certificate: made.cert.der().to_vec(),
        }
    }

    fn config(&self) -> Config {
        Config {
            smtp_host: HOST.to_owned(),
            smtp_port: self.listener.local_addr().expect("an address").port(),
            smtp_security: Security::Starttls,
            ..Config::default()
        }
    }

    /// Whoever trusts this relay and nobody else.
    fn trusted(&self) -> TlsParameters {
        let certificate = Certificate::from_der(self.certificate.clone()).expect("a certificate");
        let nobody_else = TlsParameters::builder(HOST.to_owned()).certificate_store(CertificateStore::None);
        nobody_else.add_root_certificate(certificate).build().expect("parameters")
    }

    /// Talks with one client, and says `behind` in the clear behind its answer to STARTTLS, in the same write.
    /// Returns the commands that it heard encrypted.
    async fn hold(&self, behind: &str) -> Vec<String> {
        let (stream, _) = self.listener.accept().await.expect("a client");
        let mut plain = BufReader::new(stream);
        plain.write_all(b"220 relay\r\n").await.expect("a greeting");
        let ready = format!("220 ready\r\n{behind}");
        for answer in ["250-relay\r\n250 STARTTLS\r\n", ready.as_str()] {
            plain.read_line(&mut String::new()).await.expect("a command");
            plain.write_all(answer.as_bytes()).await.expect("an answer");
        }
        let Ok(stream) = self.acceptor.accept(plain.into_inner()).await else { return Vec::new() };
        let mut encrypted = BufReader::new(stream);
        let mut heard = Vec::new();
        loop {
            let mut command = String::new();
            let Ok(1..) = encrypted.read_line(&mut command).await else { return heard };
            heard.push(command);
            // The client may have gone meanwhile: the next read says so.
            let _ = encrypted.write_all(b"250-relay\r\n250 PIPELINING\r\n").await;
            let _ = encrypted.flush().await;
        }
    }

    /// What it heard encrypted from our side, and whether that believes that it offers PIPELINING.
    async fn met(&self, behind: &str) -> (Vec<String>, Result<bool, Outcome>) {
        let config = self.config();
        let connecting = async {
            let connected = connect_trusting(&config, self.trusted()).await;
            connected.map(|open| open.pipelines)
        };
        within("both sides part", async { tokio::join!(self.hold(behind), connecting) }).await
    }
}

#[tokio::test]
async fn who_says_more_than_the_answer_to_starttls_in_the_clear_is_refused() {
    let relay = Encrypting::start().await;
    let (heard, offers) = relay.met("").await;
    assert_eq!((heard.len(), offers), (2, Ok(true)), "the relay itself is good: {heard:?}");

    let (heard, offers) = relay.met("250 relay\r\n").await;
    assert!(matches!(offers, Err(Outcome::Later(_))), "{offers:?}");
    assert!(heard.is_empty(), "it was told something: {heard:?}");
}

#[test]
fn no_line_of_a_message_is_taken_for_its_end() {
    let table = [
        ("a\r\n", "a\r\n.\r\n"),
        ("a", "a\r\n.\r\n"),
        (".\r\n.\r\n..a\r\n", "..\r\n..\r\n...a\r\n.\r\n"),
        ("a.b\r\n", "a.b\r\n.\r\n"),
    ];
    for (text, expected) in table {
        assert_eq!(dotted(text.to_owned()), expected);
    }
}
