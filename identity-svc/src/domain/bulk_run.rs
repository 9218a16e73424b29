//! Work on many users at once.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Users are left to do.
    Running,
    /// All are done.
    Succeeded,
    /// Somebody stopped it; what is done stays done.
    Cancelled,
}

/// What became of one user of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Its mail was handed to the queue.
    Queued,
    /// It is active or deactivated: no link for it (G11).
    NotPending,
    /// It has no address (G19).
    NoEmail,
    /// A mail was asked for a moment ago.
    Cooldown,
}

/// The text of a stored word is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a word of a bulk run")]
pub struct Unknown;

/// A run with its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRun {
    /// Where.
    pub organization: Uuid,
    /// UUIDv7.
    pub id: Uuid,
    /// Where it stands.
    pub state: State,
    /// Users taken, skipped ones included.
    pub total: i64,
    /// What became of those that are done.
    pub outcomes: Vec<(Outcome, i64)>,
    /// Rises with each change.
    pub sequence: i64,
    /// When it was asked for.
    pub create_time: DateTime<Utc>,
    /// When it became final.
    pub end_time: Option<DateTime<Utc>>,
}

impl State {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// From storage.
    ///
    /// # Errors
    /// [`Unknown`].
    pub fn parse(text: String) -> Result<Self, Unknown> {
        let all = [Self::Running, Self::Succeeded, Self::Cancelled];
        all.into_iter().find(|state| state.as_str() == text).ok_or(Unknown)
    }
}

impl Outcome {
    /// As it is stored, and the reason of a skip on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::NotPending => "NOT_PENDING",
            Self::NoEmail => "NO_EMAIL",
            Self::Cooldown => "SEND_COOLDOWN",
        }
    }

    /// From storage.
    ///
    /// # Errors
    /// [`Unknown`].
    pub fn parse(text: String) -> Result<Self, Unknown> {
        let all = [Self::Queued, Self::NotPending, Self::NoEmail, Self::Cooldown];
        all.into_iter().find(|outcome| outcome.as_str() == text).ok_or(Unknown)
    }
}

impl BulkRun {
    /// How many have this outcome.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> i64 {
        self.outcomes.iter().filter(|(found, _)| *found == outcome).map(|(_, count)| count).sum()
    }

    /// How many were skipped.
    #[must_use]
    pub fn skipped(&self) -> i64 {
        let all: i64 = self.outcomes.iter().map(|(_, count)| count).sum();
        all - self.count(Outcome::Queued)
    }

    /// Whether nothing will change any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.state != State::Running
    }
}
