//! Names of files, in and out.

/// Characters of a name that are kept.
const LONGEST: usize = 120;

/// The last part of the name an upload came with, fit to be shown: no folders, nothing invisible.
pub fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}

/// The name of the error file of an upload: ASCII letters, digits, `.`, `-` and `_` only, so that it can
/// stand in a header as it is (RFC 6266).
pub fn of_errors(uploaded: &str) -> String {
    let stem = uploaded.rsplit_once('.').map_or(uploaded, |(stem, _)| stem);
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let safe: String = stem.chars().map(|letter| if is_safe(letter) { letter } else { '-' }).collect();
    let safe = safe.trim_matches(['.', '-']);
    let stem = if safe.is_empty() { "import" } else { safe };
    format!("{stem}-errors.csv")
}
