//! Callers that are worked on together.

use std::sync::{Arc, Mutex};

use futures::{FutureExt as _, future::join_all};
use platform::serve::{Group, Spawner};
use tokio::sync::Semaphore;

/// Answers each item with the size of its batch, once it is let.
fn work(
    gate: &Arc<Semaphore>,
    sizes: &Arc<Mutex<Vec<usize>>>,
) -> impl Fn(Vec<u32>) -> futures::future::BoxFuture<'static, Vec<(u32, usize)>> + Send + use<> {
    let (gate, sizes) = (gate.clone(), sizes.clone());
    move |batch| {
        let (gate, sizes) = (gate.clone(), sizes.clone());
        async move {
            gate.acquire().await.unwrap().forget();
            sizes.lock().unwrap().push(batch.len());
            batch.iter().map(|item| (*item, batch.len())).collect()
        }
        .boxed()
    }
}

#[tokio::test]
async fn who_arrives_during_the_work_is_in_the_next_batch() {
    let (gate, sizes) = (Arc::new(Semaphore::new(0)), Arc::default());
    let group = Group::new("test", &Spawner::new(), 4);
    let joins = (0..8).map(|item| group.join("key", item, work(&gate, &sizes)));
    let opened = async {
        // All have been polled once by then: one is at work, the others wait.
        gate.add_permits(8);
    };
    let (answers, ()) = tokio::join!(join_all(joins), opened);
    let answers: Vec<_> = answers.into_iter().map(Option::unwrap).collect();
    assert_eq!(answers.iter().map(|(item, _)| *item).collect::<Vec<_>>(), Vec::from_iter(0..8));
    assert_eq!(sizes.lock().unwrap().iter().sum::<usize>(), 8);
    assert!(sizes.lock().unwrap().iter().all(|size| *size <= 4), "{sizes:?}");
    assert!(sizes.lock().unwrap().len() < 8, "nobody was grouped: {sizes:?}");
}

#[tokio::test]
async fn one_key_does_not_wait_for_another() {
    let (shut, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(1)));
    let sizes = Arc::default();
    let group = Group::new("test", &Spawner::new(), 4);
    let mut held = Box::pin(group.join("held", 1, work(&shut, &sizes)));
    assert!((&mut held).now_or_never().is_none());
    assert_eq!(group.join("free", 2, work(&open, &sizes)).await, Some((2, 1)));
    shut.add_permits(1);
    assert_eq!(held.await, Some((1, 1)));
}

#[tokio::test]
async fn work_that_panics_leaves_nobody_waiting() {
    let group: Group<&str, u32, u32> = Group::new("test", &Spawner::new(), 4);
    let broken = group.join("key", 1, |_| async { panic!("broken") });
    assert_eq!(broken.await, None);
    assert_eq!(group.join("key", 2, |batch| async move { batch }).await, Some(2));
}
