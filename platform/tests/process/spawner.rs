use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use platform::serve::{Drained, Spawner};
use platform::testing::within;
use uuid::Uuid;

const SOON: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_worker_is_started_again_after_an_error_and_a_panic() {
    let spawner = Spawner::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let (done, finished) = tokio::sync::oneshot::channel();
    let done = Arc::new(std::sync::Mutex::new(Some(done)));
    let counted = runs.clone();
    spawner.worker("test.worker", move |job| {
        let (run, done) = (counted.fetch_add(1, Ordering::SeqCst), done.clone());
        async move {
            assert_eq!(job.name(), "test.worker");
            assert_eq!(job.tenant(Uuid::nil()).organization(), Uuid::nil());
            match run {
                0 => anyhow::bail!("the first try fails"),
                1 => panic!("the second try panics"),
                _ => done.lock().unwrap().take().unwrap().send(()).unwrap(),
            }
            Ok(())
        }
    });
    within("the third run", finished).await.unwrap();
    assert_eq!(spawner.stop(SOON).await, Drained::Clean);
    assert_eq!(runs.load(Ordering::SeqCst), 3, "a worker that is done stays done");
}

#[tokio::test]
async fn a_panic_ends_only_its_own_task() {
    let spawner = Spawner::new();
    let (done, finished) = tokio::sync::oneshot::channel();
    spawner.task("test.panics", async { panic!("its own fault") });
    spawner.task("test.goes.on", async { done.send(()).unwrap() });
    within("the other task", finished).await.unwrap();
    assert_eq!(spawner.stop(SOON).await, Drained::Clean);
}

#[tokio::test]
async fn r12_a_worker_hears_the_stop() {
    let spawner = Spawner::new();
    spawner.worker("test.loop", |job| async move {
        while job.pause(Duration::from_secs(3600)).await {}
        Ok(())
    });
    assert_eq!(within("the stop", spawner.stop(Duration::from_secs(5))).await, Drained::Clean);
}

#[tokio::test]
async fn r12_what_does_not_stop_is_cut_at_the_limit() {
    let spawner = Spawner::new();
    spawner.task("test.deaf", std::future::pending());
    assert_eq!(within("the stop", spawner.stop(SOON)).await, Drained::Cut(1));
}

#[tokio::test]
async fn at_rest_no_worker_starts_and_tasks_still_run() {
    let spawner = Spawner::at_rest();
    spawner.worker("test.worker", async |_| panic!("nobody asked for it"));
    let (done, finished) = tokio::sync::oneshot::channel();
    spawner.task("test.task", async move { done.send(()).unwrap() });
    within("the task", finished).await.unwrap();
    assert_eq!(spawner.stop(SOON).await, Drained::Clean);
}
