//! Addresses: checked in one pass over a table, kept lower-cased (Q13).

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::column::Column;
use super::problem::{Code, Flaw};
use super::text;

const LOCAL_PART: usize = 64;

const LOCAL: u8 = 1;
const DOMAIN: u8 = 2;

/// What each byte may be part of. Bytes of UTF-8 may be part of both (RFC 6531).
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let local_signs = b"!#$%&'*+/=?^_`{|}~";
    let mut index = 0;
    while index < local_signs.len() {
        table[local_signs[index] as usize] = LOCAL;
        index += 1;
    }
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_alphanumeric() || byte == b'-' as usize || byte >= 0x80 {
            table[byte] = LOCAL | DOMAIN;
        }
        byte += 1;
    }
    table
}

/// The folded address of a cell.
pub(super) fn parse(column: &Column, cell: &str) -> Result<String, Flaw> {
    let typed = cell.trim();
    let folded = fold(typed);
    if is_valid(&folded) && (folded.is_ascii() || !folded.chars().any(is_hidden)) {
        if folded.len() > column.max_length {
            return Err(text::too_long(column, &folded));
        }
        return Ok(folded);
    }
    if typed.is_empty() {
        return Err(Flaw::new(Code::EmailRequired, "The e-mail address is missing."));
    }
    let suggestion = suggest(&folded).filter(|candidate| is_valid(candidate));
    Err(Flaw::new(Code::EmailInvalid, complaint(typed)).suggest(suggestion))
}

/// Marks that show nothing, turn the direction of text or stand for nothing: the directory takes no
/// address with one, and a row that it refuses must be found before the import runs.
fn is_hidden(character: char) -> bool {
    text::is_invisible(character)
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{ffff}')
}

fn fold(typed: &str) -> String {
    if typed.is_ascii() {
        return typed.to_ascii_lowercase();
    }
    if is_folded(typed) {
        return typed.to_owned();
    }
    typed.nfc().collect::<String>().to_lowercase()
}

/// Composed and without capitals already, as most are.
fn is_folded(typed: &str) -> bool {
    let is_small = |character: char| character.to_lowercase().eq([character]);
    is_nfc_quick(typed.chars()) == IsNormalized::Yes && typed.chars().all(is_small)
}

fn is_valid(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let not_ascii = !address.is_ascii();
    if not_ascii && address.chars().any(|character| character.is_control() || character.is_whitespace()) {
        return false;
    }
    local.len() <= LOCAL_PART && is_dotted(local, LOCAL) && is_domain(domain)
}

/// Atoms with single dots between them.
fn is_dotted(part: &str, class: u8) -> bool {
    let mut before = b'.';
    for &byte in part.as_bytes() {
        let fits = if byte == b'.' { before != b'.' } else { CLASS[usize::from(byte)] & class != 0 };
        if !fits {
            return false;
        }
        before = byte;
    }
    before != b'.'
}

fn is_domain(domain: &str) -> bool {
    let labels_fit =
        domain.split('.').all(|label| label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-'));
    let last = domain.rsplit('.').next().unwrap_or_default();
    let is_name = last.bytes().any(|byte| !byte.is_ascii_digit());
    domain.contains('.') && labels_fit && is_name && is_dotted(domain, DOMAIN)
}

fn complaint(typed: &str) -> String {
    let shown = text::excerpt(typed);
    let Some((local, domain)) = typed.split_once('@') else {
        return format!("“{shown}” has no @.");
    };
    if local.is_empty() {
        return format!("“{shown}” has nothing before the @.");
    }
    if domain.is_empty() {
        return format!("“{shown}” has no domain.");
    }
    if domain.contains('@') {
        return format!("“{shown}” has more than one @.");
    }
    if !domain.contains('.') {
        return format!("“{shown}” has no dot in its domain.");
    }
    format!("“{shown}” is not an e-mail address.")
}

/// What was likely meant: the address inside `Ann <ann@example.org>`, one without stray marks.
fn suggest(folded: &str) -> Option<String> {
    let inner = folded.rsplit_once('<').map_or(folded, |(_, rest)| rest.trim_end_matches('>'));
    let bare = inner.strip_prefix("mailto:").unwrap_or(inner);
    let visible = |character: &char| !text::is_invisible(*character) && !character.is_whitespace();
    let cleaned: String = bare.chars().filter(visible).collect();
    let trimmed = cleaned.trim_matches(['.', ',', ';', '\'', '"']).replace(',', ".").replace("..", ".");
    (trimmed != folded).then_some(trimmed)
}
