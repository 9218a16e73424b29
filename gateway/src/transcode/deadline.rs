//! Deadlines: taken from the client, capped, passed on, enforced.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::{Instant, timeout_at};
use tonic::Code;

use super::{error::Refusal, options::Deadlines, violation::Violation};

/// gRPC's own header (grpc/doc/PROTOCOL-HTTP2.md): up to 8 digits and a unit.
const GRPC_TIMEOUT: &str = "grpc-timeout";
/// Google's header for JSON calls: seconds, with a fraction.
const SERVER_TIMEOUT: &str = "x-server-timeout";
/// The longest a client can meaningfully ask for; keeps sums in range.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// When a call must be over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// Reads the client's headers and applies the operator's caps.
    pub(super) fn new(headers: &HeaderMap, limits: &Deadlines, streaming: bool) -> Result<Self, Refusal> {
        let asked = asked(headers)?;
        let (default, cap) = match streaming {
            true => (limits.streaming_cap, limits.streaming_cap),
            false => (Some(limits.unary), Some(limits.unary_cap)),
        };
        let chosen = match (asked, cap) {
            (Some(asked), Some(cap)) => Some(asked.min(cap)),
            (Some(asked), None) => Some(asked),
            (None, _) => default,
        };
        Ok(Self(chosen.map(|time| Instant::now() + time.min(FOREVER))))
    }

    /// What is left, as the service is told; `None` for no limit.
    pub(super) fn header(self) -> Option<HeaderValue> {
        let left = self.0?.saturating_duration_since(Instant::now());
        let (number, unit) = match (left.as_micros(), left.as_millis()) {
            (micros, _) if micros < 100_000_000 => (micros, 'u'),
            (_, millis) if millis < 100_000_000 => (millis, 'm'),
            _ => (u128::from(left.as_secs()), 'S'),
        };
        HeaderValue::from_str(&format!("{number}{unit}")).ok()
    }

    /// Does the work, or refuses when the time is over.
    pub(super) async fn limit<F: Future>(self, work: F) -> Result<F::Output, Refusal> {
        let Some(end) = self.0 else {
            return Ok(work.await);
        };
        // Work that is ready at once would be done even without any time left.
        if Instant::now() >= end {
            return Err(over());
        }
        timeout_at(end, work).await.map_err(|_| over())
    }
}

fn over() -> Refusal {
    let (http, message) = (StatusCode::GATEWAY_TIMEOUT, "the call took longer than its deadline allows");
    Refusal::request(http, Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message)
}

/// The shorter of what the two headers ask for.
fn asked(headers: &HeaderMap) -> Result<Option<Duration>, Refusal> {
    let grpc = read(headers, GRPC_TIMEOUT, grpc_timeout)?;
    let server = read(headers, SERVER_TIMEOUT, seconds)?;
    Ok([grpc, server].into_iter().flatten().min())
}

fn read(
    headers: &HeaderMap,
    name: &str,
    parse: fn(&str) -> Option<Duration>,
) -> Result<Option<Duration>, Refusal> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let parsed = value.to_str().ok().and_then(parse);
    parsed.map(Some).ok_or_else(|| Violation::new(name, "is not a time span").into())
}

fn grpc_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

fn seconds(text: &str) -> Option<Duration> {
    let plain = text.bytes().all(|letter| letter.is_ascii_digit() || letter == b'.');
    let number: f64 = text.parse().ok().filter(|_| plain)?;
    Duration::try_from_secs_f64(number).ok()
}
