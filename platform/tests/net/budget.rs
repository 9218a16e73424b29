//! R11: repeats stay below 1.2 times the calls, and nothing unsafe is repeated.

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
async fn what_is_not_safe_is_not_repeated() {
    let replicas = [Replica::start(), Replica::start()];
    let peer = peer(&replicas.each_ref().map(|replica| replica.address));
    replicas.iter().for_each(Replica::refuse);
    for _ in 0..50 {
        write(&peer).await.unwrap_err();
    }
    assert_eq!(replicas.iter().map(Replica::calls).sum::<usize>(), 50);
}
