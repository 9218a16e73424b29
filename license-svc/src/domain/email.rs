//! E-mail addresses, folded: two spellings of one mailbox are one value (Q13).

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

const MOST_BYTES: usize = 254;
const MOST_LOCAL_BYTES: usize = 64;

/// A well-formed address in lower case. identity-svc has the last word on what it accepts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Email(String);

impl Email {
    /// Trims and folds what was typed.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let folded = typed.trim().nfc().collect::<String>().to_lowercase();
        if folded.is_empty() {
            return Err("must not be empty");
        }
        if folded.len() > MOST_BYTES {
            return Err("is longer than 254 bytes");
        }
        let Some((local, domain)) = folded.rsplit_once('@') else {
            return Err("has no @");
        };
        if local.len() > MOST_LOCAL_BYTES || !is_local(local) || !is_domain(domain) {
            return Err("is not an e-mail address");
        }
        Ok(Self(folded))
    }

    /// The folded address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough to recognise one's own address and not to learn another's: `a***@example.com`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let first = local.chars().next().unwrap_or('*');
        format!("{first}***@{domain}")
    }
}

impl fmt::Display for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn is_local(local: &str) -> bool {
    let plain = |character: char| {
        character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character) || is_letter(character)
    };
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(plain))
}

fn is_domain(domain: &str) -> bool {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || character == '-' || is_letter(character);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let named = domain.rsplit('.').next().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()));
    domain.contains('.') && named && domain.split('.').all(is_label)
}

/// Letters beyond ASCII (RFC 6531).
fn is_letter(character: char) -> bool {
    !character.is_ascii() && character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_are_equal() {
        let typed = Email::parse(" Ann+Tag@Example.COM ").expect("valid");
        assert_eq!(typed.as_str(), "ann+tag@example.com");
        assert_eq!(typed.masked(), "a***@example.com");
        assert_eq!(Email::parse("j\u{f6}rg@example.com"), Email::parse("jo\u{308}rg@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in
            ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@localhost", "a..b@example.com"]
        {
            assert!(Email::parse(typed).is_err(), "{typed}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(65))).is_err());
        assert!(Email::parse("ann@192.0.2.1").is_err());
        assert!(Email::parse("ann@example.com\r\nbcc: x@example.com").is_err());
    }
}
