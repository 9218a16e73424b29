//! States as small coloured words. The word alone carries the meaning; the colour only repeats it (WCAG 1.4.1).

/// How a message or a state feels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Calm,
    /// Done, working.
    Good,
    /// Look here, nothing is broken.
    Warn,
    /// Broken or refused.
    Bad,
    /// For your information, in progress.
    Info,
}

impl Tone {
    /// The ending of the class name (`badge-good`, `note-bad`).
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
        }
    }

    /// The icon beside a message of this tone.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Good => "check",
            Self::Warn => "warning",
            Self::Bad => "wrong",
            Self::Calm | Self::Info => "info",
        }
    }
}

/// One state, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// The word.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

impl Badge {
    /// A badge with any word.
    #[must_use]
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }

    /// The status of a member (Q23). The argument is the enum value's name without its prefix: `PENDING`.
    #[must_use]
    pub fn member(status: &str) -> Self {
        match status {
            "PENDING" => Self::new("Pending", Tone::Warn),
            "ACTIVE" => Self::new("Active", Tone::Good),
            "DEACTIVATED" => Self::new("Deactivated", Tone::Calm),
            other => Self::new(sentence(other), Tone::Calm),
        }
    }

    /// The state of an invitation (Q23), e.g. `NOT_SENT`, `BOUNCED`.
    #[must_use]
    pub fn invitation(state: &str) -> Self {
        let tone = match state {
            "ACCEPTED" | "DELIVERED" => Tone::Good,
            "QUEUED" | "SENT" => Tone::Info,
            "DEFERRED" | "EXPIRED" => Tone::Warn,
            "BOUNCED" | "SUPPRESSED" => Tone::Bad,
            _ => Tone::Calm,
        };
        Self::new(sentence(state), tone)
    }

    /// The state of an import, e.g. `AWAITING_ACCEPTANCE`.
    #[must_use]
    pub fn import(state: &str) -> Self {
        let tone = match state {
            "SUCCEEDED" => Tone::Good,
            "COMPLETED_WITH_ERRORS" | "AWAITING_ACCEPTANCE" => Tone::Warn,
            "REJECTED" | "FAILED" => Tone::Bad,
            "UPLOADING" | "VALIDATING" | "IMPORTING" => Tone::Info,
            _ => Tone::Calm,
        };
        Self::new(sentence(state), tone)
    }

    /// What happens or happened to a row of an import, e.g. `NEW`, `SUPERSEDED`.
    #[must_use]
    pub fn row(outcome: &str) -> Self {
        let tone = match outcome {
            "NEW" | "CREATED" => Tone::Good,
            "UPDATED" | "UPDATE" => Tone::Info,
            "WARNING" | "SUPERSEDED" => Tone::Warn,
            "ERROR" | "FAILED" => Tone::Bad,
            _ => Tone::Calm,
        };
        Self::new(sentence(outcome), tone)
    }
}

/// `NOT_SENT` reads "Not sent".
fn sentence(name: &str) -> String {
    let lower = name.to_lowercase().replace('_', " ");
    let mut letters = lower.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
