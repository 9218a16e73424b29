//! What the development mailbox is searched for.

/// The longest text, in characters: what a search box of the console takes.
const LONGEST: usize = 2_000;

/// A text that was typed, read as what it looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// Every mail.
    All,
    /// The mails to this address and to no other.
    Address(String),
    /// The mails that have this in the recipient's address or in the subject; its ASCII letters are small.
    Part(String),
}

impl Search {
    /// Reads a text; empty is all.
    ///
    /// What looks like a whole address is one, even if it is a part of a longer one. Scripts that wait for
    /// the mail to somebody ask so again and again, mostly before it is there: they are answered from the
    /// index, and never with somebody else's mail. Which it is depends on the text alone, so that all pages
    /// of a list look for the same.
    ///
    /// # Errors
    ///
    /// What is wrong with it: it is too long, or holds what no text of a database may.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.chars().count() > LONGEST || text.contains('\0') {
            return Err("must be at most 2000 characters, none of them NUL");
        }
        if text.is_empty() {
            return Ok(Self::All);
        }
        if is_whole_address(text) {
            return Ok(Self::Address(text.to_lowercase()));
        }
        Ok(Self::Part(text.to_ascii_lowercase()))
    }
}

/// Somebody, `@`, and names with dots between them.
fn is_whole_address(text: &str) -> bool {
    let Some((somebody, domain)) = text.split_once('@') else { return false };
    let names = || domain.split('.');
    let is_domain = names().count() > 1 && names().all(|name| !name.is_empty());
    !somebody.is_empty() && is_domain && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_whole_address_is_one() {
        for whole in ["ann@example.com", "Ann+1@Mail.Example.com"] {
            assert_eq!(Search::parse(whole), Ok(Search::Address(whole.to_lowercase())));
        }
        let parts =
            ["ann", "ann@", "@example.com", "ann@example", "ann@example.", "example.com", "to ann@a.b"];
        for part in parts {
            assert_eq!(Search::parse(part), Ok(Search::Part(part.to_owned())));
        }
        assert_eq!(Search::parse("ÄNN 50%_"), Ok(Search::Part("Änn 50%_".to_owned())));
        assert_eq!(Search::parse(""), Ok(Search::All));
    }

    #[test]
    fn a_text_has_an_end() {
        assert!(Search::parse(&"ä".repeat(2_000)).is_ok());
        assert!(Search::parse(&"a".repeat(2_001)).is_err());
        assert!(Search::parse("a\0").is_err());
    }
}
