//! Answers that stand still: a client may never take what it asked for (a window of HTTP/2 that stays
//! shut, a socket that nobody reads), and then nobody looks at the answer again, nor at its deadline.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// How long a client may take nothing of an answer that has more for it.
const LONGEST: Duration = Duration::from_secs(60);
/// How often all are looked at: one timer for each would cost every request more than this costs all.
const EVERY: Duration = Duration::from_secs(5);

/// The answers of a port that are not sent to the end.
#[derive(Clone, Default)]
pub(super) struct Answers(Arc<All>);

#[derive(Default)]
struct All {
    open: Mutex<HashMap<u64, Arc<Mutex<Answer>>>>,
    next: AtomicU64,
    watched: OnceLock<()>,
}

struct Answer {
    /// None once it was given up.
    held: Option<(Body, OwnedSemaphorePermit)>,
    /// Since when there was something for the client and nobody asked for it; none while the answer
    /// itself has nothing to say, such as a watch.
    waits: Option<Instant>,
}

/// A body that keeps its place until it is sent, dropped or given up.
struct Held {
    number: u64,
    answer: Arc<Mutex<Answer>>,
    all: Arc<All>,
}

impl Answers {
    /// The body, with its place.
    #[expect(clippy::disallowed_methods, reason = "it holds nothing, and ends with the port")]
    pub(super) fn hold(&self, body: Body, place: OwnedSemaphorePermit) -> Body {
        let all = self.0.clone();
        all.watched.get_or_init(|| drop(tokio::spawn(watch(Arc::downgrade(&all)))));
        let number = all.next.fetch_add(1, Ordering::Relaxed);
        let answer = Answer { held: Some((body, place)), waits: Some(Instant::now()) };
        let answer = Arc::new(Mutex::new(answer));
        lock(&all.open).insert(number, answer.clone());
        Body::new(Held { number, answer, all })
    }
}

/// Gives up what stands still for too long.
async fn watch(all: Weak<All>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(all) = all.upgrade() else { return };
        let answers: Vec<_> = lock(&all.open).values().cloned().collect();
        let given_up = answers.iter().filter_map(|answer| answer.try_lock().ok()?.give_up());
        // Dropped one by one, and not under the lock: what made them ends here too.
        let count = given_up.map(drop).count();
        if count > 0 {
            tracing::info!(answers = count, "answers that nobody took were given up");
        }
    }
}

impl Answer {
    fn give_up(&mut self) -> Option<(Body, OwnedSemaphorePermit)> {
        self.waits.filter(|since| since.elapsed() >= LONGEST)?;
        self.held.take()
    }
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut answer = lock(&self.answer);
        let Some((body, _)) = &mut answer.held else {
            return Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(
                std::io::ErrorKind::TimedOut,
            )))));
        };
        let frame = Pin::new(body).poll_frame(context);
        answer.waits = frame.is_ready().then(Instant::now);
        frame
    }

    fn is_end_stream(&self) -> bool {
        lock(&self.answer).held.as_ref().is_some_and(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        lock(&self.answer).held.as_ref().map_or_else(SizeHint::default, |(body, _)| body.size_hint())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        lock(&self.all.open).remove(&self.number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
