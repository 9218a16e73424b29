//! S13: who is not let in, and whom nobody speaks to.

use std::time::Duration;

use platform::keys::Keys;
use platform::peer::remote::Settings;
use platform::peer::{self, Peers};
use platform::serve::{Process, Spawner};
use platform::testing::TestClock;
use platform::tls::{Error, Files, Identity};
use proto::identity::v1::CheckAccessRequest;
use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::identity::v1::access_service_server::AccessServiceServer;
use rcgen::ExtendedKeyUsagePurpose as Use;
use tonic::Code;
use tonic::service::Routes;

use crate::pki::{Authority, Leaf, weak};
use crate::replica::{Counter, Replica, read, settings};
use crate::stranger::{let_in, let_in_without_tls, strangers};

#[tokio::test]
async fn s13_without_certificates_only_this_machine_is_called() {
    let replica = Replica::start();
    // The system takes it for this machine, but it is not an address of the loopback.
    let elsewhere = std::net::SocketAddr::from(([0, 0, 0, 0], replica.address.port()));
    let settings = Settings { patience: Duration::from_millis(300), ..settings(&[elsewhere], None) };
    let peer = peer::remote(settings, &Spawner::new());
    assert_eq!(read(&peer, "any").await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(replica.calls(), 0);
}

#[tokio::test]
async fn s13_no_bad_certificate_is_let_in() {
    let (ours, other) = (Authority::new(), Authority::new());
    let server = Replica::at("127.0.0.1:0", Some(ours.identity("identity").server()));
    let good = Leaf::of("license");
    assert!(let_in(server.address, Some(&ours.sign(&good))).await, "the good one");
    assert!(let_in(server.address, Some(&ours.sign(&Leaf::of("license.roster.svc")))).await, "the full name");
    for (case, pair) in &strangers(&ours, &other) {
        assert!(!let_in(server.address, pair.as_ref()).await, "{case}");
    }
    assert!(!let_in_without_tls(server.address).await, "plaintext");
    assert!(let_in(server.address, Some(&ours.sign(&good))).await, "the good one again");
}

#[tokio::test]
async fn s13_a_weak_authority_is_not_believed() {
    let (certificate, key, authority) = weak();
    let files = Files { certificate: certificate.clone(), key: key.clone(), authority };
    let server = Replica::at("127.0.0.1:0", Some(Identity::open(files).unwrap().server()));
    let pair = (std::fs::read_to_string(certificate).unwrap(), std::fs::read_to_string(key).unwrap());
    assert!(!let_in(server.address, Some(&pair)).await);
}

#[tokio::test]
async fn s13_an_authority_that_was_swapped_is_not_believed_any_more() {
    let (old, new) = (Authority::new(), Authority::new());
    let mut mount = old.mount("identity");
    let identity = mount.open();
    let server = Replica::at("127.0.0.1:0", Some(identity.server()));
    let (revoked, good) = (old.sign(&Leaf::of("license")), new.sign(&Leaf::of("license")));
    assert!(let_in(server.address, Some(&revoked)).await);
    mount.swap(&new.sign(&Leaf::of("identity")), &new.pem());
    assert!(identity.reload().unwrap());
    assert!(!let_in(server.address, Some(&revoked)).await);
    assert!(let_in(server.address, Some(&good)).await);
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
