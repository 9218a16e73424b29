//! The shape of both tokens: JWT (RFC 7519) signed with Ed25519 (RFC 8037).

use std::sync::Once;

use jsonwebtoken::crypto::rust_crypto;
use jsonwebtoken::{Algorithm, Header};
use serde::{Deserialize, Serialize};

/// How long a token lives, seconds.
pub(super) const LIFE: i64 = 60;
/// How far the clocks of two machines may lie apart, seconds.
pub(super) const SKEW: i64 = 5;
/// A longer token is not looked at, bytes.
pub(super) const LONGEST: usize = 2048;
/// The audience of a caller token: it travels unchanged through all services.
pub(super) const EVERY_SERVICE: &str = "roster";
/// The only issuer of caller tokens.
pub(super) const IDENTITY: &str = "identity";
/// The services that may work for somebody without a live request (seams.md).
pub(super) const MAY_ACT: [&str; 3] = ["identity", "license", "import"];

/// Which of the two tokens; the `typ` of the header keeps one from passing as the other (RFC 8725, 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Caller,
    Service,
}

impl Kind {
    pub(super) fn typ(self) -> &'static str {
        match self {
            Self::Caller => "roster-caller+jwt",
            Self::Service => "roster-service+jwt",
        }
    }
}

/// What a token says. Unknown claims are refused: nothing is carried that nobody checks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    /// The principal: of a caller token the caller, of a service token whom it works for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sub: Option<String>,
}

/// Why a token was not made or not believed. For logs: whoever sent it hears only "unauthenticated".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than any token of ours, not three base64 parts, or not our claims.
    #[error("the token is malformed")]
    Malformed,
    /// Another algorithm, type or header than ours.
    #[error("the token's header is not ours")]
    Header,
    /// Signed by a key that is not live.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// Issued by or for somebody else.
    #[error("the token's issuer or audience is wrong")]
    Party,
    /// Expired, not yet valid, or valid for too long.
    #[error("the token's time is over, not yet come, or too long")]
    Time,
    /// The service may not act for others.
    #[error("the service may not work on behalf of others")]
    OnBehalf,
    /// The token could not be signed.
    #[error("the token cannot be signed")]
    Signing,
}

/// The header of a token of ours.
pub(super) fn header(kind: Kind, kid: &str) -> Header {
    Header { typ: Some(kind.typ().to_owned()), kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) }
}

/// Chooses the one implementation of the algorithms. The library panics at run time when features
/// enabled elsewhere leave it without a choice, so the choice is made here, before any use.
pub(super) fn install_algorithms() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if rust_crypto::DEFAULT_PROVIDER.install_default().is_err() {
            tracing::debug!("token algorithms were chosen before; the self-test decides whether they fit");
        }
    });
}
