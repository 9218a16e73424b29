//! Waiting for something that another task does, without guessing how long it takes.

use std::{fmt::Debug, future::Future, time::Duration};

use tokio::task::JoinHandle;

/// How long a test waits before it calls something lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The output of `future`.
///
/// # Panics
///
/// When it takes longer than a minute.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what} did not happen within {PATIENCE:?}"),
    }
}

/// Asks again until the answer is what the test expects, for state that announces no event.
///
/// # Panics
///
/// When that takes longer than a minute; it then shows the last answer.
pub async fn eventually<T, F>(what: &str, ask: impl FnMut() -> F, expected: impl Fn(&T) -> bool) -> T
where
    T: Debug,
    F: Future<Output = T>,
{
    patiently(what, PATIENCE, ask, expected).await
}

/// As [`eventually`], for what takes its time: leases of a killed process run out first.
///
/// # Panics
///
/// When it takes longer than `limit`; it then shows the last answer.
pub async fn patiently<T, F>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> F,
    expected: impl Fn(&T) -> bool,
) -> T
where
    T: Debug,
    F: Future<Output = T>,
{
    let started = tokio::time::Instant::now();
    loop {
        let answer = ask().await;
        if expected(&answer) {
            return answer;
        }
        assert!(started.elapsed() < limit, "{what} did not happen within {limit:?}: {answer:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Runs `future` beside the test. What stands still when the test ends is cut off with its runtime.
#[expect(clippy::disallowed_methods, reason = "a test has no shutdown to drain its tasks at")]
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(future)
}
