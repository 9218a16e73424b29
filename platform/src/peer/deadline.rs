//! `grpc-timeout`: how long a caller waits (gRPC over HTTP/2, "Timeout").

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Response};
use http_body::Frame;
use proto::refusal::{Reason, Refusal};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;

/// The metadata key.
pub(crate) const HEADER: &str = "grpc-timeout";
/// The protocol allows at most eight digits.
const MOST_DIGITS: usize = 8;

/// The timeout that the caller asks for; none when absent or malformed, as tonic treats it.
pub(crate) fn requested(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > MOST_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// Writes a timeout in the finest unit that fits eight digits.
pub(crate) fn set(headers: &mut HeaderMap, timeout: Duration) {
    const MOST: u128 = 10_u128.pow(MOST_DIGITS as u32) - 1;
    let units = [(timeout.as_micros(), 'u'), (timeout.as_millis(), 'm'), (timeout.as_secs().into(), 'S')];
    let fitting = units.into_iter().find(|(amount, _)| *amount <= MOST).unwrap_or((MOST, 'S'));
    if let Ok(value) = HeaderValue::try_from(format!("{}{}", fitting.0, fitting.1)) {
        headers.insert(HEADER, value);
    }
}

/// The answer, unless the deadline comes first. The timer is registered only if the answer waits.
/// With `cut` the body ends there too.
pub(super) async fn until(
    answer: impl Future<Output = Result<Response<Body>, Status>>,
    deadline: Instant,
    cut: bool,
) -> Result<Response<Body>, Status> {
    let late = |_| too_late();
    let response = tokio::time::timeout_at(deadline, pin!(answer)).await.map_err(late)??;
    if !cut {
        return Ok(response);
    }
    Ok(response.map(|body| Body::new(Bounded { body, sleep: Box::pin(sleep_until(deadline)) })))
}

/// A stream that is cut at its deadline.
struct Bounded {
    body: Body,
    sleep: Pin<Box<Sleep>>,
}

impl http_body::Body for Bounded {
    type Data = bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        // A stream that always has more to say never comes to the timer.
        if Instant::now() >= self.sleep.deadline() {
            return Poll::Ready(Some(Err(too_late())));
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        ready!(self.sleep.as_mut().poll(context));
        Poll::Ready(Some(Err(too_late())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

fn too_late() -> Status {
    Refusal::new(Reason::DeadlineExceeded, "the deadline of the call has passed").into()
}
