//! Replicas that come, go, die and drain.

use std::io::ErrorKind::NotFound;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use platform::peer::remote::{Resolver, Settings};
use platform::peer::{self, Peer};
use platform::serve::{Drained, Spawner};
use platform::testing::{eventually, spawn};
use proto::refusal::{Reason, Refusal};
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::replica::{Replica, nobody, peer, read, settings, write};

/// Calls from eight sides until told to end; answers how many were made and which failed.
struct Load {
    end: CancellationToken,
    sides: Vec<tokio::task::JoinHandle<(usize, Vec<tonic::Status>)>>,
}

impl Load {
    fn start(peer: &Peer, writes: bool) -> Self {
        let end = CancellationToken::new();
        let sides = (0..8).map(|_| spawn(side(peer.clone(), writes, end.clone()))).collect();
        Self { end, sides }
    }

    async fn end(self) -> (usize, Vec<tonic::Status>) {
        self.end.cancel();
        let sides = join_all(self.sides).await.into_iter().map(Result::unwrap);
        sides.fold((0, Vec::new()), |(made, failed), (more, faults)| (made + more, [failed, faults].concat()))
    }
}

async fn side(peer: Peer, writes: bool, end: CancellationToken) -> (usize, Vec<tonic::Status>) {
    let (mut made, mut failed) = (0, Vec::new());
    while !end.is_cancelled() {
        made += 1;
        failed.extend(read(&peer, "slow").await.err());
        if writes {
            made += 1;
            failed.extend(write(&peer).await.err());
        }
    }
    (made, failed)
}

async fn called(replica: &Replica, more: usize) {
    let target = replica.calls() + more;
    eventually("the calls", async || replica.calls(), |calls| *calls >= target).await;
}

#[tokio::test]
async fn r11_one_dead_address_of_two_fails_no_call() {
    let live = Replica::start();
    let peer = peer(&[nobody(), live.address]);
    let answers = join_all((0..300).map(|_| read(&peer, "any"))).await;
    assert_eq!(answers.into_iter().filter(Result::is_err).count(), 0);
    assert_eq!(live.calls(), 300);
}

#[tokio::test]
async fn calls_are_spread_over_all_replicas() {
    let replicas = [Replica::start(), Replica::start()];
    let peer = peer(&replicas.each_ref().map(|replica| replica.address));
    let load = Load::start(&peer, false);
    join_all(replicas.iter().map(|replica| called(replica, 100))).await;
    let (made, failed) = load.end().await;
    assert!(failed.is_empty(), "{failed:?}");
    let share = replicas[0].calls() * 100 / made;
    assert!((25..=75).contains(&share), "{share} % went to one of two");
}

#[tokio::test]
async fn r5_a_killed_replica_fails_no_call_that_is_safe_to_repeat() {
    let (first, second) = (Replica::start(), Replica::start());
    let peer = peer(&[first.address, second.address]);
    let load = Load::start(&peer, false);
    called(&first, 50).await;
    let address = first.address.to_string();
    first.kill();
    called(&second, 100).await;
    let back = Replica::at(&address, None);
    called(&back, 20).await;
    let (made, failed) = load.end().await;
    assert!(failed.is_empty(), "{} of {made}: {failed:?}", failed.len());
}

#[tokio::test]
async fn r14_a_rolling_restart_fails_no_call_at_all() {
    let mut replicas = [Replica::start(), Replica::start()];
    let peer = peer(&replicas.each_ref().map(|replica| replica.address));
    let load = Load::start(&peer, true);
    for turn in 0..6 {
        let (stopped, other) = if turn % 2 == 0 { (0, 1) } else { (1, 0) };
        called(&replicas[stopped], 40).await;
        let address = replicas[stopped].address.to_string();
        let old = std::mem::replace(&mut replicas[stopped], Replica::start());
        assert_eq!(old.drained().await, Drained::Clean);
        called(&replicas[other], 20).await;
        replicas[stopped] = Replica::at(&address, None);
    }
    let (made, failed) = load.end().await;
    assert!(failed.is_empty(), "{} of {made}: {failed:?}", failed.len());
}

#[tokio::test]
async fn addresses_are_followed() {
    let (old, new) = (Replica::start(), Replica::start());
    let known = Arc::new(Mutex::new(vec![old.address]));
    let listed = known.clone();
    let resolver = Resolver::new(move |_| {
        let answer = listed.lock().unwrap().clone();
        async move { if answer.is_empty() { Err(std::io::ErrorKind::NotFound.into()) } else { Ok(answer) } }
    });
    let settings = Settings { resolver, ..settings(&[old.address], None) };
    let peer = peer::remote(settings, &Spawner::new());
    let load = Load::start(&peer, true);
    called(&old, 20).await;
    *known.lock().unwrap() = vec![old.address, new.address];
    called(&new, 20).await;
    *known.lock().unwrap() = vec![new.address];
    // The old one takes no call while the new one takes many; then the name is gone and changes nothing.
    let quiet = async || {
        let before = old.calls();
        called(&new, 50).await;
        old.calls() - before
    };
    eventually("the old one to be left", quiet, |calls| *calls == 0).await;
    known.lock().unwrap().clear();
    called(&new, 100).await;
    let (made, failed) = load.end().await;
    assert!(failed.is_empty(), "{} of {made}: {failed:?}", failed.len());
}

#[tokio::test]
async fn a_name_that_is_gone_does_not_hold_the_addresses_of_another() {
    let (old, new) = (Replica::start(), Replica::start());
    let known = Arc::new(Mutex::new(old.address));
    let listed = known.clone();
    let resolver = Resolver::new(move |name| {
        let answer = if name == "here" { Ok(vec![*listed.lock().unwrap()]) } else { Err(NotFound.into()) };
        async move { answer }
    });
    let settings = Settings { resolver, address: "gone,here".to_owned(), ..settings(&[], None) };
    let peer = peer::remote(settings, &Spawner::new());
    let load = Load::start(&peer, false);
    called(&old, 20).await;
    *known.lock().unwrap() = new.address;
    let quiet = async || {
        let before = old.calls();
        called(&new, 50).await;
        old.calls() - before
    };
    eventually("the old one to be left", quiet, |calls| *calls == 0).await;
    let (made, failed) = load.end().await;
    assert!(failed.is_empty(), "{} of {made}: {failed:?}", failed.len());
}

#[tokio::test]
async fn nobody_there_is_a_missing_dependency_soon() {
    let settings = Settings { patience: Duration::from_millis(50), ..settings(&[nobody()], None) };
    let peer = peer::remote(settings, &Spawner::new());
    let refused = read(&peer, "any").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(Refusal::reason_of(&refused), Some(Reason::DependencyUnavailable));
}

#[tokio::test]
async fn connections_end_with_their_peer() {
    let replica = Replica::start();
    let peer = peer(&[replica.address]);
    read(&peer, "any").await.unwrap();
    drop(peer);
    // A listener that stops waits for its connections; there are none left.
    assert_eq!(replica.drained().await, Drained::Clean);
}
