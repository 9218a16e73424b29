//! Cells that hold a name, a number or other short text.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::column::Column;
use super::problem::{Code, Flaw};

/// The cell as it is stored: NFC, runs of white space (line ends in a quoted cell too) one space,
/// nothing invisible at all. Formula-like text stays text.
pub(super) fn fold(cell: &str) -> String {
    if is_plain(cell.as_bytes()) || is_tidy(cell) {
        return cell.to_owned();
    }
    let mut folded = String::with_capacity(cell.len());
    for word in cell.split(is_space).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().filter(|character| !is_invisible(*character)).nfc());
    }
    folded
}

/// Printable ASCII with single spaces inside only: what nearly every cell is.
fn is_plain(cell: &[u8]) -> bool {
    let mut before = b' ';
    for &byte in cell {
        if !(0x20..0x7f).contains(&byte) || (byte == b' ' && before == b' ') {
            return false;
        }
        before = byte;
    }
    cell.is_empty() || before != b' '
}

/// The same for all scripts: composed, single spaces inside only, nothing invisible.
fn is_tidy(cell: &str) -> bool {
    let mut before = ' ';
    for character in cell.chars() {
        if is_invisible(character) || (is_space(character) && (character != ' ' || before == ' ')) {
            return false;
        }
        before = character;
    }
    before != ' ' && is_nfc_quick(cell.chars()) == IsNormalized::Yes
}

fn is_space(character: char) -> bool {
    character.is_whitespace() && !matches!(character, '\u{b}' | '\u{c}' | '\u{85}')
}

/// Marks that show nothing and arrive by copy and paste; the joiners of Indic and Persian stay.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{ad}')
}

fn is_refused(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffd}')
}

/// Length and characters of a folded text.
pub(super) fn check(column: &Column, text: &str) -> Result<(), Flaw> {
    if text.len() > column.max_length && text.chars().count() > column.max_length {
        return Err(too_long(column, text));
    }
    if is_plain(text.as_bytes()) {
        return Ok(());
    }
    if let Some(character) = text.chars().find(|character| is_refused(*character)) {
        let message = format!(
            "The {} has the character U+{:04X}, which is not allowed.",
            column.header, character as u32
        );
        let cleaned = text.chars().filter(|character| !is_refused(*character)).collect::<String>();
        return Err(Flaw::new(Code::CharacterNotAllowed, message).suggest(Some(cleaned)));
    }
    Ok(())
}

pub(super) fn too_long(column: &Column, text: &str) -> Flaw {
    let length = text.chars().count();
    let message =
        format!("The {} has {length} characters; at most {} fit.", column.header, column.max_length);
    Flaw::new(Code::TooLong, message)
}

/// A required name.
pub(super) fn name(column: &Column, cell: &str) -> Result<String, Flaw> {
    let text = fold(cell);
    if text.is_empty() {
        return Err(Flaw::new(Code::NameRequired, format!("The {} is missing.", column.header)));
    }
    check(column, &text)?;
    Ok(text)
}

/// Optional text; blank means keep what is stored (Q12).
pub(super) fn optional(column: &Column, cell: &str) -> Result<Option<String>, Flaw> {
    let text = fold(cell);
    if text.is_empty() {
        return Ok(None);
    }
    check(column, &text)?;
    Ok(Some(text))
}

/// A telephone number as typed.
pub(super) fn phone(column: &Column, cell: &str) -> Result<Option<String>, Flaw> {
    let Some(text) = optional(column, cell)? else {
        return Ok(None);
    };
    if is_phone(&text) {
        return Ok(Some(text));
    }
    let message = format!("“{}” is not a telephone number.", excerpt(&text));
    let unguarded = text.strip_prefix('\'').filter(|rest| is_phone(rest)).map(str::to_owned);
    Err(Flaw::new(Code::PhoneInvalid, message).suggest(unguarded))
}

fn is_phone(text: &str) -> bool {
    let is_sign = |byte: u8| b" +-()/.,;#*".contains(&byte);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits < 3 || text.bytes().all(|byte| byte.is_ascii_digit() || is_sign(byte)) {
        return digits >= 3;
    }
    let number = text.to_ascii_lowercase().replace("ext", "x");
    number.bytes().all(|byte| byte.is_ascii_digit() || is_sign(byte) || byte == b'x')
}

/// A BCP 47 tag: language and, if given, further parts.
pub(super) fn language(column: &Column, cell: &str) -> Result<Option<String>, Flaw> {
    let Some(text) = optional(column, cell)? else {
        return Ok(None);
    };
    let tag = text.replace('_', "-");
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let is_language =
        (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_part =
        |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_language || !parts.clone().all(is_part) {
        let message = format!("“{}” is not a language tag such as en or de-CH.", excerpt(&text));
        return Err(Flaw::new(Code::LanguageInvalid, message));
    }
    let mut folded = language.to_ascii_lowercase();
    for part in parts {
        folded.push('-');
        folded.push_str(&if part.len() == 2 { part.to_ascii_uppercase() } else { part.to_owned() });
    }
    Ok(Some(folded))
}

/// `true` or `false`, nothing else (Q9); spreadsheets in other languages get a hint.
pub(super) fn boolean(column: &Column, cell: &str) -> Result<bool, Flaw> {
    let text = fold(cell);
    if text.eq_ignore_ascii_case("true") {
        return Ok(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Ok(false);
    }
    if text.is_empty() {
        let message = format!("The {} is missing: write true or false.", column.header);
        return Err(Flaw::new(Code::BooleanInvalid, message));
    }
    let suggestion = match text.to_lowercase().as_str() {
        "1" | "yes" | "y" | "on" | "wahr" | "ja" | "vrai" | "oui" => Some("true"),
        "0" | "no" | "n" | "off" | "falsch" | "nein" | "faux" | "non" => Some("false"),
        _ => None,
    };
    let message = format!("“{}” is neither true nor false.", excerpt(&text));
    Err(Flaw::new(Code::BooleanInvalid, message).suggest(suggestion.map(str::to_owned)))
}

/// The start of a cell, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
