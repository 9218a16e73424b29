//! E-mail addresses: sign-in names, kept folded (Q13).

use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_LABEL_BYTES: usize = 63;

/// A folded address: `ann+news@example.com` and `Ann+News@Example.com` are the same, `ann@example.com`
/// is another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// The text is no address that mail could reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as ann@example.com")]
pub struct Malformed;

impl Email {
    /// Folds and checks an address: a dot-atom (RFC 5322, 3.4.1; other scripts as in RFC 6531) and a
    /// domain with a dot.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        // Most addresses, and the same outcome.
        let folded = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            text.nfc().collect::<String>().to_lowercase()
        };
        let (local, domain) = folded.rsplit_once('@').ok_or(Malformed)?;
        let fits = folded.len() <= MAX_BYTES && is_local(local) && is_domain(domain);
        fits.then_some(Self(folded)).ok_or(Malformed)
    }

    /// Whether a text is certainly as folding would leave it, as most that programs send are: a quick look.
    #[must_use]
    pub fn is_folded(text: &str) -> bool {
        let is_small = |character: char| character.to_lowercase().eq([character]);
        let is_tidy = !text.chars().any(char::is_whitespace);
        is_tidy && text.chars().all(is_small) && is_nfc_quick(text.chars()) == IsNormalized::Yes
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// Enough to recognise one's own address, not enough to learn somebody else's: `a***@example.com`.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let first: String = local.chars().take(1).collect();
        format!("{first}***@{domain}")
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_local(text: &str) -> bool {
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || is_sign(character) || is_foreign(character);
    let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(allowed);
    text.len() <= MAX_LOCAL_BYTES && text.split('.').all(is_atom)
}

/// RFC 5322's atext besides letters and digits: ``!#$%&'*+/=?^_`{|}~-``
fn is_sign(character: char) -> bool {
    matches!(character, '!' | '#'..='\'' | '*' | '+' | '-' | '/' | '=' | '?' | '^'..='`' | '{'..='~')
}

fn is_domain(text: &str) -> bool {
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || character == '-' || is_foreign(character);
    let is_label = |label: &str| {
        let edges = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && label.len() <= MAX_LABEL_BYTES && !edges && label.chars().all(allowed)
    };
    text.contains('.') && text.split('.').all(is_label)
}

/// A letter or mark of another script; never space, control or invisible formatting.
fn is_foreign(character: char) -> bool {
    let invisible = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}');
    !character.is_ascii() && !character.is_control() && !character.is_whitespace() && !invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c3_an_address_is_one_sign_in_name_whatever_its_case() {
        let typed = Email::parse(" Ann+News@Example.COM ").expect("valid");
        assert_eq!(typed.as_str(), "ann+news@example.com");
        assert_ne!(typed, Email::parse("ann@example.com").expect("valid"));
        assert_eq!(typed.masked(), "a***@example.com");
    }

    #[test]
    fn what_is_folded_is_what_folding_leaves() {
        for text in ["ann@example.com", "jürgen@mail.example", "用户@例え.jp"] {
            assert!(Email::is_folded(text), "{text}");
        }
        for text in ["Ann@example.com", "ann@BÜCHER.example", "jose\u{301}@mail.example", " ann@example.com"]
        {
            assert!(!Email::is_folded(text), "{text}");
        }
        for character in '\0'..'\u{20000}' {
            let text = format!("a{character}b@mail.example");
            if Email::is_folded(&text) {
                assert_eq!(Email::parse(&text).map_or(text.clone(), |email| email.0), text);
            }
        }
    }

    #[test]
    fn what_mail_cannot_reach_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "ann",
            "ann@",
            "@example.com",
            "ann@example",
            "a@b@c.de",
            "an n@example.com",
            "ann@example..com",
            ".ann@example.com",
            "ann@-x.com",
            "ann@example.com\r\nBcc: x@y.z",
            "Ann <ann@example.com>",
            "a,b@c.de",
            "a\u{200b}nn@example.com",
            &long,
        ] {
            assert_eq!(Email::parse(text), Err(Malformed), "{text}");
        }
    }
}
