//! Certificates and keys that change while calls are under way.

use platform::peer::{self, Peer};
use platform::serve::Spawner;
use platform::testing::{eventually, spawn};
use tokio_util::sync::CancellationToken;

use crate::pki::{Authority, Leaf};
use crate::replica::{Replica, read, settings, write};

/// Calls of both kinds until told to end; answers which failed.
async fn load(peer: Peer, end: CancellationToken) -> Vec<tonic::Status> {
    let mut failed = Vec::new();
    while !end.is_cancelled() {
        failed.extend(read(&peer, "slow").await.err());
        failed.extend(write(&peer).await.err());
    }
    failed
}

#[tokio::test]
async fn s13_certificates_are_swapped_under_load() {
    let (old, new) = (Authority::new(), Authority::new());
    let (mut here, mut there) = (old.mount("gateway"), old.mount("identity"));
    let (client, server) = (here.open(), there.open());
    let replica = Replica::at("127.0.0.1:0", Some(server.server()));
    let tls = client.client("identity");
    let peer = peer::remote(settings(&[replica.address], Some(tls)), &Spawner::new());
    let end = CancellationToken::new();
    let sides: Vec<_> = (0..4).map(|_| spawn(load(peer.clone(), end.clone()))).collect();
    let both = old.pem() + &new.pem();
    // As an operator does: first both authorities are believed, then the certificates follow, one
    // side after the other, and at last the old authority goes.
    let steps = [(&old, &old, &both), (&new, &old, &both), (&new, &new, &both), (&new, &new, &new.pem())];
    for (theirs, ours, authorities) in steps {
        there.swap(&theirs.sign(&Leaf::of("identity")), authorities);
        here.swap(&ours.sign(&Leaf::of("gateway")), authorities);
        assert!(server.reload().unwrap() && client.reload().unwrap());
        let more = replica.calls() + 100;
        eventually("calls", async || replica.calls(), |calls| *calls > more).await;
    }
    end.cancel();
    for side in sides {
        let failed = side.await.unwrap();
        assert!(failed.is_empty(), "{failed:?}");
    }
}

#[tokio::test]
async fn a_bad_swap_leaves_the_last_good_files() {
    let ours = Authority::new();
    let mut mount = ours.mount("identity");
    let server = mount.open();
    let replica = Replica::at("127.0.0.1:0", Some(server.server()));
    let tls = ours.identity("gateway").client("identity");
    mount.swap(&(ours.sign(&Leaf::of("identity")).0, "half a key".to_owned()), &ours.pem());
    assert!(server.reload().is_err());
    let peer = peer::remote(settings(&[replica.address], Some(tls)), &Spawner::new());
    read(&peer, "any").await.unwrap();
    assert_eq!(server.service(), Some("identity"));
}

#[test]
fn s13_the_certificate_of_another_service_is_not_taken() {
    let ours = Authority::new();
    let mut mount = ours.mount("identity");
    let identity = mount.open();
    mount.swap(&ours.sign(&Leaf::of("license")), &ours.pem());
    assert!(identity.reload().unwrap_err().to_string().contains("is that of license"));
    assert_eq!(identity.service(), Some("identity"));
    mount.swap(&ours.sign(&Leaf::of("identity")), &ours.pem());
    assert!(identity.reload().unwrap());
}

#[tokio::test]
async fn the_files_are_watched() {
    let ours = Authority::new();
    let mut mount = ours.mount("identity");
    let identity = mount.open();
    let stop = CancellationToken::new();
    let watching = spawn(identity.clone().watch(stop.clone()));
    let replica = Replica::at("127.0.0.1:0", Some(identity.server()));
    let other = Authority::new();
    let tls = other.identity("gateway").client("identity");
    let peer = peer::remote(settings(&[replica.address], Some(tls)), &Spawner::new());
    mount.swap(&other.sign(&Leaf::of("identity")), &other.pem());
    eventually("the new authority", async || read(&peer, "any").await, Result::is_ok).await.unwrap();
    stop.cancel();
    watching.await.unwrap();
}
