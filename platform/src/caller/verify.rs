//! Believing tokens, and remembering which were believed: one Ed25519 check costs six calls in process.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use sha2::{Digest, Sha256};

use super::Principal;
use super::token::{self, Claims, EVERY_SERVICE, Error, IDENTITY, Kind, LIFE, LONGEST, MAY_ACT, SKEW};
use crate::clock::Clock;
use crate::keys::{Keys, Signing};

/// At most this many believed tokens are remembered.
const MOST: usize = 8192;

/// Checks the tokens of calls to one service.
pub struct Verifier {
    service: &'static str,
    keys: Keys,
    clock: Clock,
    believed: Mutex<HashMap<[u8; 32], Believed>>,
}

/// The process that made a hop, by its service token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its name.
    pub service: String,
    /// Whom it works for when there is no live request.
    pub on_behalf_of: Option<Principal>,
}

#[derive(Clone)]
struct Believed {
    kind: Kind,
    kid: String,
    issuer: String,
    subject: Option<Principal>,
    issued: i64,
    expires: i64,
}

impl Verifier {
    /// A verifier for calls to `service`.
    #[must_use]
    pub fn new(service: &'static str, keys: Keys, clock: Clock) -> Self {
        token::install_algorithms();
        Self { service, keys, clock, believed: Mutex::default() }
    }

    /// The principal that a caller token names, and when the token expires (seconds since 1970).
    ///
    /// # Errors
    /// [`Error`] says, for the log, why it is not believed.
    pub fn caller(&self, token: &str) -> Result<(Principal, i64), Error> {
        let believed = self.believe(Kind::Caller, token)?;
        Ok((believed.subject.ok_or(Error::Malformed)?, believed.expires))
    }

    /// The process that a service token names.
    ///
    /// # Errors
    /// [`Error`] says, for the log, why it is not believed.
    pub fn service(&self, token: &str) -> Result<Hop, Error> {
        let believed = self.believe(Kind::Service, token)?;
        Ok(Hop { service: believed.issuer, on_behalf_of: believed.subject })
    }

    fn believe(&self, kind: Kind, token: &str) -> Result<Believed, Error> {
        if token.len() > LONGEST {
            return Err(Error::Malformed);
        }
        let now = self.clock.now().timestamp();
        let ring = self.keys.ring();
        let hash = Sha256::digest(token).into();
        if let Some(known) = self.remembered(&hash) {
            ring.signing.speaks_for(&known.kid, &known.issuer).then_some(()).ok_or(Error::UnknownKey)?;
            check_time(known.issued, known.expires, now)?;
            return (known.kind == kind).then_some(known).ok_or(Error::Header);
        }
        let believed = self.check(kind, token, &ring.signing, now)?;
        self.remember(hash, believed.clone(), now);
        Ok(believed)
    }

    fn check(&self, kind: Kind, token: &str, keys: &Signing, now: i64) -> Result<Believed, Error> {
        let header = decode_header(token).map_err(|_| Error::Malformed)?;
        let kid = header.kid.clone().ok_or(Error::Header)?;
        // Anything beside algorithm, type and key id (a key, a link to one, an extension) is not ours.
        if header != token::header(kind, &kid) {
            return Err(Error::Header);
        }
        let key = keys.verifier(&kid).ok_or(Error::UnknownKey)?;
        let claims = decode::<Claims>(token, key, &signature_only()).map_err(|error| reason(&error))?.claims;
        // Each key speaks for its own service and for no other.
        keys.speaks_for(&kid, &claims.iss).then_some(()).ok_or(Error::Party)?;
        self.check_parties(kind, &claims)?;
        check_time(claims.iat, claims.exp, now)?;
        let subject = claims.sub.as_deref().map(Principal::from_str);
        let subject = subject.transpose().map_err(|_| Error::Malformed)?;
        // A process speaks for itself by its own service token, never by another's word.
        if matches!(subject, Some(Principal::Service { .. })) {
            return Err(Error::OnBehalf);
        }
        Ok(Believed { kind, kid, issuer: claims.iss, subject, issued: claims.iat, expires: claims.exp })
    }

    fn check_parties(&self, kind: Kind, claims: &Claims) -> Result<(), Error> {
        let audience = match kind {
            Kind::Caller => EVERY_SERVICE,
            Kind::Service => self.service,
        };
        if claims.aud != audience || (kind == Kind::Caller && claims.iss != IDENTITY) {
            return Err(Error::Party);
        }
        // Everybody may pass on a call of nobody: it carries no rights.
        let nobody = Principal::Anonymous.key();
        let acts = kind == Kind::Service && claims.sub.as_ref().is_some_and(|sub| *sub != nobody);
        if acts && !MAY_ACT.contains(&claims.iss.as_str()) {
            return Err(Error::OnBehalf);
        }
        Ok(())
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<Believed> {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn remember(&self, hash: [u8; 32], believed: Believed, now: i64) {
        let mut all = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, token| token.expires > now);
        }
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(hash, believed);
    }
}

/// Time and parties are checked here against our clock, not the library's.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn check_time(issued: i64, expires: i64, now: i64) -> Result<(), Error> {
    let life = expires.checked_sub(issued).ok_or(Error::Time)?;
    let in_time = now < expires && issued <= now.saturating_add(SKEW) && (1..=LIFE).contains(&life);
    in_time.then_some(()).ok_or(Error::Time)
}

fn reason(error: &jsonwebtoken::errors::Error) -> Error {
    match error.kind() {
        jsonwebtoken::errors::ErrorKind::InvalidSignature => Error::Signature,
        _ => Error::Malformed,
    }
}
