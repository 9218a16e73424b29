//! A double press is one request: the second waits for the answer of the first.

use std::time::Duration;

use proto::refusal::{Reason, Refusal};
use tonic::{Response, Status};

const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// Calls, and calls again while the same request id is at work, for at most 5 s.
///
/// # Errors
///
/// What the service refused last.
pub(super) async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    for _ in 1..TRIES {
        match call().await {
            Err(status) if Refusal::reason_of(&status) == Some(Reason::RequestInProgress) => {
                tokio::time::sleep(PAUSE).await;
            }
            other => return other.map(Response::into_inner),
        }
    }
    call().await.map(Response::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_second_press_gets_the_answer_of_the_first() {
        let calls = AtomicU32::new(0);
        let busy = || Status::from(Refusal::new(Reason::RequestInProgress, "x"));
        let answer = patiently(|| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            let answer = if call < 3 { Err(busy()) } else { Ok(Response::new(call)) };
            std::future::ready(answer)
        });
        assert_eq!(answer.await.map_err(|status| status.code()), Ok(3));
        let never = patiently(|| std::future::ready(Err::<Response<()>, _>(busy())));
        assert_eq!(Refusal::reason_of(&never.await.expect_err("busy")), Some(Reason::RequestInProgress));
    }
}
