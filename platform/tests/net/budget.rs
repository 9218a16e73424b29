//! R11: repeats stay below 1.2 times the calls, and nothing unsafe is repeated.

use platform::peer::Peer;
use platform::testing::eventually;
use tonic::Code;

use crate::replica::{Replica, peer, read, write};

#[tokio::test]
async fn r11_repeats_stay_within_the_budget() {
    let replicas = [Replica::start(), Replica::start()];
    let peer = peer(&replicas.each_ref().map(|replica| replica.address));
    replicas.iter().for_each(Replica::refuse);
    for _ in 0..500 {
        assert_eq!(read(&peer, "any").await.unwrap_err().code(), Code::Unavailable);
    }
    let received: usize = replicas.iter().map(Replica::calls).sum();
    assert!((550..=600).contains(&received), "{received} for 500 calls");
}

#[tokio::test]
async fn a_refusal_is_tried_elsewhere_within_the_budget() {
    let (bad, good) = (Replica::start(), Replica::start());
    let peer = peer(&[bad.address, good.address]);
    for _ in 0..50 {
        read(&peer, "any").await.unwrap();
    }
    bad.refuse();
    for _ in 0..10 {
        read(&peer, "any").await.unwrap();
    }
    assert!(bad.calls() > 0 && good.calls() > 0);
}

#[tokio::test]
async fn who_refuses_all_comes_behind_the_others() {
    let (bad, good) = (Replica::start(), Replica::start());
    let peer = peer(&[bad.address, good.address]);
    bad.refuse();
    let mut failed = 0;
    for _ in 0..500 {
        failed += usize::from(write(&peer).await.is_err());
    }
    // One when it is met first, and one after each pause of 1, 2, 4 seconds.
    assert!(failed <= 10, "{failed} of 500 failed; {} came to who refuses", bad.calls());
    assert_eq!(good.calls() + failed, 500);
}

#[tokio::test]
async fn who_refused_is_found_again() {
    let (bad, good) = (Replica::start(), Replica::start());
    let peer = peer(&[bad.address, good.address]);
    bad.refuse();
    read_until_called(&peer, &bad, 1).await;
    bad.accept();
    read_until_called(&peer, &bad, 10).await;
}

async fn read_until_called(peer: &Peer, replica: &Replica, more: usize) {
    let (before, calls) = (replica.calls(), || async {
        // The budget may not bear the repeat of a refusal.
        let _ = read(peer, "any").await;
        replica.calls()
    });
    eventually("its calls", calls, |calls| *calls >= before + more).await;
}

#[tokio::test]
async fn what_is_not_safe_is_not_repeated() {
    let replicas = [Replica::start(), Replica::start()];
    let peer = peer(&replicas.each_ref().map(|replica| replica.address));
    replicas.iter().for_each(Replica::refuse);
    for _ in 0..50 {
        write(&peer).await.unwrap_err();
    }
    assert_eq!(replicas.iter().map(Replica::calls).sum::<usize>(), 50);
}
