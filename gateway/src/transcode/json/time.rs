//! Timestamp, Duration and FieldMask as text.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};

/// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, in seconds.
const TIMESTAMPS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// About ±10,000 years, in seconds.
const DURATIONS: std::ops::RangeInclusive<i64> = -315_576_000_000..=315_576_000_000;
const NANOS: i32 = 1_000_000_000;

/// Seconds and nanoseconds of an RFC 3339 text.
pub(super) fn parse_timestamp(text: &str) -> Result<(i64, i32), String> {
    let wrong = || format!("{text:?} is not an RFC 3339 time such as 2026-01-31T12:00:00Z");
    let strict = text.is_ascii() && text.as_bytes().get(10) == Some(&b'T') && !text.contains(['t', 'z']);
    let time = DateTime::parse_from_rfc3339(text).ok().filter(|_| strict).ok_or_else(wrong)?;
    let nanos = time.timestamp_subsec_nanos();
    let nanos = i32::try_from(nanos).ok().filter(|nanos| *nanos < NANOS).ok_or_else(wrong)?;
    if !TIMESTAMPS.contains(&time.timestamp()) {
        return Err(format!("{text} is outside the years 0001 to 9999"));
    }
    Ok((time.timestamp(), nanos))
}

/// RFC 3339 in UTC with 0, 3, 6 or 9 digits of a second.
pub(super) fn format_timestamp(seconds: i64, nanos: i32) -> Result<String, String> {
    let wrong = || format!("the time {seconds} s {nanos} ns is out of range");
    if !TIMESTAMPS.contains(&seconds) || !(0..NANOS).contains(&nanos) {
        return Err(wrong());
    }
    let time: Option<DateTime<Utc>> = DateTime::from_timestamp(seconds, nanos.unsigned_abs());
    Ok(time.ok_or_else(wrong)?.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Seconds and nanoseconds of a text such as `-1.5s`; both have one sign.
pub(super) fn parse_duration(text: &str) -> Result<(i64, i32), String> {
    let wrong = || format!("{text:?} is not a duration such as 1.5s");
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let number = unsigned.strip_suffix('s').ok_or_else(wrong)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return Err(wrong());
    }
    let seconds: i64 = whole.parse().map_err(|_| wrong())?;
    let nanos: i32 = format!("{fraction:0<9}").parse().map_err(|_| wrong())?;
    if !in_range(seconds) {
        return Err(format!("{text} is out of range"));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    Ok((seconds * sign, nanos * i32::try_from(sign).unwrap_or(1)))
}

/// Seconds with 0, 3, 6 or 9 digits behind the point and an `s`.
pub(super) fn format_duration(seconds: i64, nanos: i32) -> Result<String, String> {
    let mixed = (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0);
    if mixed || nanos.abs_diff(0) >= NANOS.unsigned_abs() || !in_range(seconds) {
        return Err(format!("the duration {seconds} s {nanos} ns is out of range"));
    }
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    let mut text = format!("{sign}{}", seconds.unsigned_abs());
    let fraction = format!("{:09}", nanos.unsigned_abs());
    let length =
        [0, 3, 6, 9].into_iter().find(|length| fraction[*length..].bytes().all(|digit| digit == b'0'));
    let fraction = &fraction[..length.unwrap_or(9)];
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text.push('s');
    Ok(text)
}

/// The limit counts whole seconds: `315576000000.999999999s` is the longest.
fn in_range(seconds: i64) -> bool {
    DURATIONS.contains(&seconds)
}

/// Schema paths of a text such as `displayName,address.zipCode`.
pub(super) fn parse_field_mask(text: &str, allow_snake_case: bool) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|path| snake_case(path, allow_snake_case)).collect()
}

/// Paths in camel case, joined by commas; a path that would not come back the same is refused.
pub(super) fn format_field_mask(paths: &[&str]) -> Result<String, String> {
    let mut text = String::new();
    for path in paths {
        let camel = camel_case(path);
        if snake_case(&camel, false).as_deref() != Ok(*path) {
            return Err(format!("the path {path:?} cannot be written in JSON"));
        }
        let comma = if text.is_empty() { "" } else { "," };
        let _ = write!(text, "{comma}{camel}");
    }
    Ok(text)
}

fn snake_case(path: &str, allow_snake_case: bool) -> Result<String, String> {
    let good =
        |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || (allow_snake_case && letter == '_');
    if path.is_empty() || !path.chars().all(good) {
        return Err(format!("{path:?} is not a field path in camelCase"));
    }
    let mut snake = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    Ok(snake)
}

fn camel_case(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut upper = false;
    for letter in path.chars() {
        if letter == '_' {
            upper = true;
            continue;
        }
        camel.push(if upper { letter.to_ascii_uppercase() } else { letter });
        upper = false;
    }
    camel
}
