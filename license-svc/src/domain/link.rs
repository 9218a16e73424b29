//! The link in a purchase's mail: 256 random bits, of which we keep the hash (seams.md, "Links").

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Says what a token is for, so that a token of another page is told apart.
const PREFIX: &str = "pur_";
/// Of the text behind the prefix.
const LENGTH: usize = 43;

/// Where the link leads; the token follows in the fragment.
pub const PATH: &str = "/claim";

/// A raw token. It cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token of these random bytes.
    pub fn of(random: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// What a person pasted or a page posted; `None` if it cannot be a token of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let rest = text.strip_prefix(PREFIX)?;
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (rest.len() == LENGTH && rest.bytes().all(known)).then(|| Self(text.to_owned()))
    }

    /// The token itself, to be sealed.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("[token]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_mail_and_others_are_refused() {
        let token = Token::of([7; 32]);
        assert_eq!(Token::parse(&format!(" {}\n", token.expose())), Some(token.clone()));
        assert_eq!(format!("{token:?}"), "[token]");
        for text in ["", "pur_", "act_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc", &"x".repeat(47)] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }
}
