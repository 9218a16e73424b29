//! Links in mails: what one may still do (Q18, G13, G14).

use chrono::{DateTime, SecondsFormat, Utc};
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::email::Email;
use super::secret::{Prefix, Secret};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Accept an invitation.
    Activate,
    /// Set a new password.
    Reset,
}

/// Whom a link belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An invited user.
    User {
        /// Its organization.
        organization: Uuid,
        /// Its id.
        user: Uuid,
    },
    /// Somebody who forgot the password.
    Account(Uuid),
}

/// A link as stored, under the hash of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is.
    pub subject: Subject,
    /// The address it was sent to.
    pub email: Email,
    /// Which sending of the invitation it belongs to.
    pub generation: i64,
    /// When it was made.
    pub create_time: DateTime<Utc>,
    /// Dead from this moment on (half-open, Q18).
    pub expire_time: DateTime<Utc>,
    /// When it was used.
    pub used_time: Option<DateTime<Utc>>,
    /// When another link was accepted, or the invitation taken back.
    pub revoked_time: Option<DateTime<Utc>>,
}

/// The text of a stored purpose is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a purpose of a link")]
pub struct UnknownPurpose;

impl Purpose {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "ACTIVATE",
            Self::Reset => "RESET",
        }
    }

    /// From storage.
    ///
    /// # Errors
    /// [`UnknownPurpose`].
    pub fn parse(text: String) -> Result<Self, UnknownPurpose> {
        [Self::Activate, Self::Reset]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(UnknownPurpose)
    }

    /// The prefix of its tokens.
    #[must_use]
    pub fn prefix(self) -> Prefix {
        match self {
            Self::Activate => Prefix::Activate,
            Self::Reset => Prefix::Reset,
        }
    }
}

/// The token in `text`, whatever it is for.
///
/// # Errors
/// LINK_UNKNOWN when it has no token's form.
pub fn token(text: &str) -> Result<Secret, Refusal> {
    let text = text.trim();
    let known = [Prefix::Activate, Prefix::Reset].into_iter().find_map(|prefix| Secret::parse(prefix, text));
    known.ok_or_else(unknown)
}

impl Link {
    /// Whether it can be used at this moment.
    ///
    /// # Errors
    /// See [`Fate::check`].
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let Self { used_time, revoked_time, expire_time, .. } = *self;
        Fate { used_time, revoked_time, expire_time }.check(now)
    }
}

/// What can have become of a link, whatever it is for.
#[derive(Clone, Copy, Debug)]
pub struct Fate {
    /// When it was used up.
    pub used_time: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_time: Option<DateTime<Utc>>,
    /// From then on it is dead.
    pub expire_time: DateTime<Utc>,
}

impl Fate {
    /// Whether the link can be used at this moment.
    ///
    /// # Errors
    /// LINK_USED, LINK_REVOKED, LINK_EXPIRED with the date: whoever holds the token may know its fate.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.used_time.is_some() {
            return Err(Refusal::new(Reason::LinkUsed, "this link was used already"));
        }
        if self.revoked_time.is_some() {
            return Err(revoked());
        }
        if self.expire_time <= now {
            let date = self.expire_time.to_rfc3339_opts(SecondsFormat::Secs, true);
            let message = format!("this link expired on {date}");
            return Err(Refusal::new(Reason::LinkExpired, message).with("expireTime", date));
        }
        Ok(())
    }
}

/// No link has this token.
#[must_use]
pub fn unknown() -> Refusal {
    Refusal::new(Reason::LinkUnknown, "there is no such link")
}

/// The link was taken back, or another one was accepted.
#[must_use]
pub fn revoked() -> Refusal {
    Refusal::new(Reason::LinkRevoked, "this link is not valid any more")
}
