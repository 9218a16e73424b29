//! Making tokens, and keeping them while they are fresh: one signature costs more than a call in process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use http::HeaderValue;

use super::token::{self, Claims, EVERY_SERVICE, Error, Kind, LIFE, SKEW};
use super::{Principal, Token};
use crate::clock::Clock;
use crate::keys::Keys;

/// A kept token is used while it has at least this long to live, seconds.
const FRESH: i64 = 30;
/// At most this many tokens are kept.
const MOST: usize = 4096;

/// Signs tokens in the name of one service. Cheap to clone.
#[derive(Clone)]
pub struct Signer(Arc<Shared>);

struct Shared {
    service: &'static str,
    keys: Keys,
    clock: Clock,
    kept: Mutex<HashMap<Wanted, Kept>>,
}

/// What a token is for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Wanted {
    kind: Kind,
    audience: &'static str,
    subject: Option<Principal>,
}

struct Kept {
    token: HeaderValue,
    kid: String,
    expires: i64,
}

impl Signer {
    /// A signer for `service`.
    #[must_use]
    pub fn new(service: &'static str, keys: Keys, clock: Clock) -> Self {
        token::install_algorithms();
        Self(Arc::new(Shared { service, keys, clock, kept: Mutex::default() }))
    }

    /// The service in whose name it signs.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// The token that says `principal` is calling, and when it expires: in 30 to 60 s. Believed only
    /// when identity signs it.
    ///
    /// # Errors
    /// [`Error::Signing`] when the key cannot sign.
    pub fn caller_token(&self, principal: &Principal) -> Result<(String, DateTime<Utc>), Error> {
        let wanted = Wanted { kind: Kind::Caller, audience: EVERY_SERVICE, subject: Some(principal.clone()) };
        let (token, expires) = self.kept_or_new(wanted)?;
        let token = token.to_str().map_err(|_| Error::Signing)?.to_owned();
        Ok((token, DateTime::from_timestamp(expires, 0).ok_or(Error::Signing)?))
    }

    /// The token that says this process is calling `audience`, for `on_behalf_of` when it works
    /// without a live request; lives 60 s.
    ///
    /// # Errors
    /// [`Error::Signing`] when the key cannot sign.
    pub fn service_token(
        &self,
        audience: &'static str,
        on_behalf_of: Option<&Principal>,
    ) -> Result<HeaderValue, Error> {
        let subject = on_behalf_of.map(Principal::lasting);
        self.kept_or_new(Wanted { kind: Kind::Service, audience, subject }).map(|(token, _)| token)
    }

    /// Whether a caller token will still be believed when it arrives.
    pub(crate) fn is_live(&self, token: &Token) -> bool {
        token.expires - self.0.clock.now().timestamp() > SKEW
    }

    fn kept_or_new(&self, wanted: Wanted) -> Result<(HeaderValue, i64), Error> {
        let now = self.0.clock.now().timestamp();
        let ring = self.0.keys.ring();
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&wanted)
            && known.expires - now >= FRESH
            && known.expires - now <= LIFE
            && known.kid == ring.signing.kid
        {
            return Ok((known.token.clone(), known.expires));
        }
        let token = self.sign(&wanted, &ring.signing, now)?;
        make_room(&mut kept, now);
        let expires = now + LIFE;
        kept.insert(wanted, Kept { token: token.clone(), kid: ring.signing.kid.clone(), expires });
        Ok((token, expires))
    }

    fn sign(&self, wanted: &Wanted, key: &crate::keys::Signing, now: i64) -> Result<HeaderValue, Error> {
        let claims = Claims {
            iss: self.0.service.to_owned(),
            aud: wanted.audience.to_owned(),
            iat: now,
            exp: now + LIFE,
            sub: wanted.subject.as_ref().map(ToString::to_string),
        };
        let token = jsonwebtoken::encode(&token::header(wanted.kind, &key.kid), &claims, &key.signer)
            .map_err(|_| Error::Signing)?;
        let mut value = HeaderValue::try_from(token).map_err(|_| Error::Signing)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn make_room(kept: &mut HashMap<Wanted, Kept>, now: i64) {
    if kept.len() < MOST {
        return;
    }
    kept.retain(|_, token| token.expires - now >= FRESH);
    if kept.len() >= MOST {
        kept.clear();
    }
}
