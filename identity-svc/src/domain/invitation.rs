//! How far the mail with the link has come (Q18, Q23): a second status beside the user's own.

use chrono::{DateTime, TimeDelta, Utc};

/// The state of a user's invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No mail was asked for.
    NotSent,
    /// In the mail queue.
    Queued,
    /// The server wants it later.
    Deferred,
    /// Handed to the mail relay.
    Sent,
    /// Reported as delivered.
    Delivered,
    /// Refused, or came back.
    Bounced,
    /// The address is not to be written to.
    Suppressed,
    /// The newest link is too old; never stored, it follows from the time.
    Expired,
    /// The user is active.
    Accepted,
    /// Taken back: deactivated, or the address changed.
    Revoked,
}

const STATES: [(State, &str); 10] = [
    (State::NotSent, "NOT_SENT"),
    (State::Queued, "QUEUED"),
    (State::Deferred, "DEFERRED"),
    (State::Sent, "SENT"),
    (State::Delivered, "DELIVERED"),
    (State::Bounced, "BOUNCED"),
    (State::Suppressed, "SUPPRESSED"),
    (State::Expired, "EXPIRED"),
    (State::Accepted, "ACCEPTED"),
    (State::Revoked, "REVOKED"),
];

/// The stored states in which a link may still be alive, and which become [`State::Expired`] with time.
pub const OPEN: [State; 6] =
    [State::Queued, State::Deferred, State::Sent, State::Delivered, State::Bounced, State::Suppressed];

/// A user's invitation. A resend keeps it and makes it a generation older.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// As stored; ask [`Invitation::state_at`].
    pub state: State,
    /// How many links were made.
    pub generation: i64,
    /// Of the latest sending.
    pub send_time: Option<DateTime<Utc>>,
    /// When the latest link dies.
    pub expire_time: Option<DateTime<Utc>>,
    /// How many mails were asked for.
    pub send_count: i64,
    /// What the mail server said last.
    pub detail: String,
}

/// The text of a stored state is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a state of an invitation")]
pub struct UnknownState;

impl State {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        STATES.iter().find(|(state, _)| *state == self).map_or("", |(_, text)| text)
    }

    /// From storage.
    ///
    /// # Errors
    /// [`UnknownState`].
    pub fn parse(text: String) -> Result<Self, UnknownState> {
        STATES.iter().find(|(_, stored)| *stored == text).map(|(state, _)| *state).ok_or(UnknownState)
    }
}

impl Default for Invitation {
    fn default() -> Self {
        Self {
            state: State::NotSent,
            generation: 0,
            send_time: None,
            expire_time: None,
            send_count: 0,
            detail: String::new(),
        }
    }
}

impl Invitation {
    /// The state at this moment: an open one whose link has died is expired.
    #[must_use]
    pub fn state_at(&self, now: DateTime<Utc>) -> State {
        let dead = self.expire_time.is_some_and(|expiry| expiry <= now);
        if dead && OPEN.contains(&self.state) { State::Expired } else { self.state }
    }

    /// Asked for once more at `now`, with a link that lives for `life` (Q18).
    #[must_use]
    pub fn sent_again(&self, now: DateTime<Utc>, life: TimeDelta) -> Self {
        Self {
            state: State::Queued,
            generation: self.generation + 1,
            send_time: Some(now),
            expire_time: Some(now + life),
            send_count: self.send_count + 1,
            detail: String::new(),
        }
    }

    /// Taken back, if it was ever sent.
    #[must_use]
    pub fn revoked(&self) -> Self {
        let state = if OPEN.contains(&self.state) { State::Revoked } else { self.state };
        Self { state, ..self.clone() }
    }

    /// Whether a link is on its way or there: not taken back, not refused.
    #[must_use]
    pub fn is_out(&self) -> bool {
        matches!(self.state, State::Queued | State::Deferred | State::Sent | State::Delivered)
    }

    /// Whether the last mail was asked for less than `cooldown` ago.
    #[must_use]
    pub fn cools_down(&self, now: DateTime<Utc>, cooldown: TimeDelta) -> bool {
        self.send_time.is_some_and(|sent| now < sent + cooldown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_storage() {
        for (state, text) in STATES {
            assert_eq!(State::parse(state.as_str().to_owned()), Ok(state), "{text}");
        }
    }

    #[test]
    fn g13_an_invitation_expires_when_its_newest_link_does() {
        let (sent, life) = (DateTime::UNIX_EPOCH, TimeDelta::days(30));
        let invitation = Invitation::default().sent_again(sent, life);
        assert_eq!(invitation.state_at(sent + life - TimeDelta::seconds(1)), State::Queued);
        assert_eq!(invitation.state_at(sent + life), State::Expired);
        let again = invitation.sent_again(sent + life, life);
        assert_eq!((again.state_at(sent + life), again.generation, again.send_count), (State::Queued, 2, 2));
    }
}
