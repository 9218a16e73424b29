//! Numbers: from JSON numbers, from strings, within the range of their type.

use super::tree::Json;

/// The least i64.
const LEAST: f64 = -9_223_372_036_854_775_808.0;

/// A whole number of any size up to 64 bits, signed or not.
pub(super) fn whole(json: &Json) -> Result<i128, String> {
    match json {
        Json::Signed(value) => Ok(i128::from(*value)),
        Json::Unsigned(value) => Ok(i128::from(*value)),
        // A literal below the least i64 arrives here rounded up to exactly that number.
        Json::Float(value) if *value <= LEAST => Err(format!("{value} is out of range")),
        Json::Float(value) => whole_float(*value),
        Json::Text(text) => whole_text(text),
        other => Err(format!("expected a whole number, not {}", other.kind())),
    }
}

/// A whole number written as text; `1e3` and `5.0` are whole too.
pub(super) fn whole_text(text: &str) -> Result<i128, String> {
    let wrong = || format!("{text:?} is not a whole number");
    if !is_number(text) {
        return Err(wrong());
    }
    if let Ok(value) = text.parse() {
        return Ok(value);
    }
    whole_float(text.parse().map_err(|_| wrong())?)
}

/// Narrows a whole number to its type.
pub(super) fn narrow<T: TryFrom<i128>>(value: i128) -> Result<T, String> {
    T::try_from(value).map_err(|_| format!("{value} is out of range"))
}

/// A floating-point number, also as text, `NaN`, `Infinity` or `-Infinity`.
pub(super) fn double(json: &Json) -> Result<f64, String> {
    match json {
        #[expect(clippy::cast_precision_loss, reason = "a double rounds a long integer")]
        Json::Signed(value) => Ok(*value as f64),
        #[expect(clippy::cast_precision_loss, reason = "a double rounds a long integer")]
        Json::Unsigned(value) => Ok(*value as f64),
        Json::Float(value) => Ok(*value),
        Json::Text(text) => double_text(text),
        other => Err(format!("expected a number, not {}", other.kind())),
    }
}

/// A floating-point number written as text.
pub(super) fn double_text(text: &str) -> Result<f64, String> {
    match text {
        "NaN" => return Ok(f64::NAN),
        "Infinity" => return Ok(f64::INFINITY),
        "-Infinity" => return Ok(f64::NEG_INFINITY),
        _ => {}
    }
    let value: Option<f64> = is_number(text).then(|| text.parse().ok()).flatten();
    let value = value.ok_or_else(|| format!("{text:?} is not a number"))?;
    if value.is_infinite() {
        return Err(format!("{text} is out of range"));
    }
    Ok(value)
}

/// Narrows to 32 bits; a finite number stays finite.
pub(super) fn single(value: f64) -> Result<f32, String> {
    #[expect(clippy::cast_possible_truncation, reason = "the result is checked")]
    let narrow = value as f32;
    if narrow.is_infinite() && value.is_finite() {
        return Err(format!("{value} is out of range"));
    }
    Ok(narrow)
}

fn whole_float(value: f64) -> Result<i128, String> {
    if value.fract() != 0.0 || !value.is_finite() {
        return Err(format!("{value} is not a whole number"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates and narrow() checks the range")]
    Ok(value as i128)
}

/// The grammar of a JSON number, a little wider (leading zeros).
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.ends_with(|last: char| last.is_ascii_digit())
        && digits.chars().all(|letter| letter.is_ascii_digit() || ".eE+-".contains(letter))
}
