//! Callers that are worked on together.

use std::sync::{Arc, Mutex};

use futures::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use platform::serve::{Group, Spawner};
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant};

/// Work that waits for a gate.
#[derive(Clone)]
struct Gate {
    begun: Arc<Semaphore>,
    open: Arc<Semaphore>,
    sizes: Arc<Mutex<Vec<usize>>>,
}

impl Gate {
    fn new() -> Self {
        let shut = || Arc::new(Semaphore::new(0));
        Self { begun: shut(), open: shut(), sizes: Arc::default() }
    }

    /// Answers each item with the size of its batch.
    fn work(&self) -> impl Fn(Vec<u32>) -> BoxFuture<'static, Vec<(u32, usize)>> + Send + use<> {
        let gate = self.clone();
        move |batch| {
            let gate = gate.clone();
            async move {
                gate.begun.add_permits(1);
                gate.open.acquire().await.unwrap().forget();
                gate.sizes.lock().unwrap().push(batch.len());
                batch.iter().map(|item| (*item, batch.len())).collect()
            }
            .boxed()
        }
    }

    fn opens(&self) {
        self.open.add_permits(100);
    }
}

#[tokio::test]
async fn who_arrives_during_the_work_is_in_the_next_batch() {
    let gate = Gate::new();
    let group = Group::new("test", &Spawner::new(), 4);
    let mut first = Box::pin(group.join("key", 0, gate.work()));
    assert!((&mut first).now_or_never().is_none());
    gate.begun.acquire().await.unwrap().forget();
    let mut others = Box::pin(join_all((1..8).map(|item| group.join("key", item, gate.work()))));
    assert!((&mut others).now_or_never().is_none());
    gate.opens();
    assert_eq!(first.await, Some((0, 1)));
    let answers: Vec<_> = others.await.into_iter().map(Option::unwrap).collect();
    assert_eq!(answers, [(1, 4), (2, 4), (3, 4), (4, 4), (5, 3), (6, 3), (7, 3)]);
    assert_eq!(*gate.sizes.lock().unwrap(), [1, 4, 3]);
}

#[tokio::test(start_paused = true)]
async fn who_came_during_the_work_waits_for_more_and_the_first_for_nobody() {
    let gate = Gate::new();
    let group = Group::new("test", &Spawner::new(), 4).gathering(Duration::from_millis(20));
    let began = Instant::now();
    let first = group.enter("key", 0, gate.work());
    gate.begun.acquire().await.unwrap().forget();
    let second = group.enter("key", 1, gate.work());
    gate.opens();
    assert_eq!((first.await, began.elapsed()), (Some((0, 1)), Duration::ZERO));
    tokio::time::sleep(Duration::from_millis(10)).await;
    let third = group.enter("key", 2, gate.work());
    assert_eq!((second.await, third.await), (Some((1, 2)), Some((2, 2))));
    assert_eq!(began.elapsed(), Duration::from_millis(20));
}

#[tokio::test]
async fn nothing_is_begun_for_whoever_went_away() {
    let gate = Gate::new();
    let group = Group::new("test", &Spawner::new(), 4);
    let mut first = Box::pin(group.join("key", 0, gate.work()));
    assert!((&mut first).now_or_never().is_none());
    gate.begun.acquire().await.unwrap().forget();
    let (mut gone, mut stays) =
        (Box::pin(group.join("key", 1, gate.work())), Box::pin(group.join("key", 2, gate.work())));
    assert!((&mut gone).now_or_never().is_none() && (&mut stays).now_or_never().is_none());
    drop(gone);
    gate.opens();
    assert_eq!((first.await, stays.await), (Some((0, 1)), Some((2, 1))));
}

#[tokio::test]
async fn one_key_does_not_wait_for_another() {
    let (shut, open) = (Gate::new(), Gate::new());
    open.opens();
    let group = Group::new("test", &Spawner::new(), 4);
    let mut held = Box::pin(group.join("held", 1, shut.work()));
    assert!((&mut held).now_or_never().is_none());
    assert_eq!(group.join("free", 2, open.work()).await, Some((2, 1)));
    shut.opens();
    assert_eq!(held.await, Some((1, 1)));
}

#[tokio::test]
async fn work_that_panics_leaves_nobody_waiting() {
    let group: Group<&str, u32, u32> = Group::new("test", &Spawner::new(), 4);
    let broken = group.join("key", 1, |_| async { panic!("broken") });
    assert_eq!(broken.await, None);
    assert_eq!(group.join("key", 2, |batch| async move { batch }).await, Some(2));
}
