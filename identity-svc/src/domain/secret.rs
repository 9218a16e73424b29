//! Secrets that are handed out: 256 random bits with a prefix that leak scanners know. Only their
//! SHA-256 is stored; with that many bits a slow hash adds nothing (ASVS 6.5.2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Characters of 256 bits in base64 without padding.
const BODY: usize = 43;

/// What a secret is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// Invitation link.
    Activate,
    /// Password reset link.
    Reset,
    /// One-time setup link.
    Setup,
    /// Session.
    Session,
    /// API key.
    ApiKey,
}

/// A secret as it is handed out, once. Shown by nothing but [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Prefix {
    /// The text in front.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "act_",
            Self::Reset => "rst_",
            Self::Setup => "set_",
            Self::Session => "ses_",
            Self::ApiKey => "roster_",
        }
    }
}

impl Secret {
    /// The secret of these random bits.
    #[must_use]
    pub fn of(prefix: Prefix, bits: [u8; 32]) -> Self {
        Self(format!("{}{}", prefix.as_str(), URL_SAFE_NO_PAD.encode(bits)))
    }

    /// The secret in `text`, if it has the form of one with this prefix.
    #[must_use]
    pub fn parse(prefix: Prefix, text: &str) -> Option<Self> {
        let body = text.strip_prefix(prefix.as_str())?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let fits = body.len() == BODY && body.bytes().all(allowed);
        fits.then(|| Self(text.to_owned()))
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// The text, for whoever it is handed to.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_by_its_own_prefix_only() {
        let secret = Secret::of(Prefix::Activate, [7; 32]);
        assert_eq!(Secret::parse(Prefix::Activate, secret.expose()), Some(secret.clone()));
        assert_eq!(Secret::parse(Prefix::Reset, secret.expose()), None);
        assert_eq!(Secret::parse(Prefix::Activate, &secret.expose()[1..]), None);
        assert_eq!(format!("{secret:?}"), "[secret]");
    }
}
