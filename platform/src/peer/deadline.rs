//! `grpc-timeout`: how long a caller waits (gRPC over HTTP/2, "Timeout").

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

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
