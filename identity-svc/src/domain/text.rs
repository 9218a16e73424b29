//! Text from outside: trimmed, bounded, without control characters; and how it is compared.

use proto::refusal::Violation;
use unicode_normalization::UnicodeNormalization;

/// The text without the white space around it.
///
/// # Errors
/// A violation of `field` when it is longer than `max` characters or holds a control character.
pub fn checked(field: &str, text: &str, max: usize) -> Result<String, Violation> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(violation(field, "must not contain control characters"));
    }
    if text.chars().count() > max {
        return Err(violation(field, format!("must be at most {max} characters long")));
    }
    Ok(text.to_owned())
}

/// The text as it is searched and sorted: compatibility forms, case and outer space do not matter.
#[must_use]
pub fn fold(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfkc().collect::<String>().to_lowercase() }
}

/// One bad field.
pub fn violation(field: &str, description: impl Into<String>) -> Violation {
    Violation { field: field.to_owned(), description: description.into() }
}

/// A BCP 47 tag, or nothing.
///
/// # Errors
/// A violation of `field` for anything else.
pub fn language(field: &str, text: &str) -> Result<String, Violation> {
    let text = text.trim();
    let subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if text.is_empty() || (text.len() <= 35 && text.split('-').all(subtag)) {
        return Ok(text.to_owned());
    }
    Err(violation(field, "must be a language tag such as \"de\" or \"pt-BR\" (BCP 47)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_bounded_and_free_of_control_characters() {
        assert_eq!(checked("title", "  Head of Sales ", 20).as_deref(), Ok("Head of Sales"));
        assert!(checked("title", "a\u{7}b", 20).is_err());
        assert!(checked("title", "abc", 2).is_err());
    }

    #[test]
    fn folding_forgets_case_and_width() {
        assert_eq!(fold(" Ａnn ÉCLAIR "), "ann éclair");
    }

    #[test]
    fn language_tags_are_told_from_other_text() {
        assert_eq!(language("language_code", "pt-BR").as_deref(), Ok("pt-BR"));
        assert!(language("language_code", "<script>").is_err());
    }
}
