//! A message: its states, and when it is tried again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// One mail to one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// UUIDv7.
    pub id: Uuid,
    /// The same key is the same mail, for ever.
    pub dedupe_key: String,
    /// Whose business it is; `None` before there is an organization.
    pub organization: Option<Uuid>,
    /// The recipient as a user; empty when there is none yet.
    pub user: String,
    /// Name of the template.
    pub template: String,
    /// As it was when the mail was asked for.
    pub recipient_email: String,
    /// For the greeting; may be empty.
    pub recipient_name: String,
    /// BCP 47; empty = default.
    pub language_code: String,
    /// Shown in the text.
    pub variables: BTreeMap<String, String>,
    /// The raw link token under the mail-seal key.
    pub sealed_token: Option<Vec<u8>>,
    /// Page of the link.
    pub link_path: String,
    /// RFC 5322 Message-ID with its angle brackets.
    pub message_id_header: String,
    /// Its place in the queue: each organization has one message a turn (M3).
    pub turn: i64,
    /// A connection broke behind its final dot: it may have gone.
    pub in_doubt: bool,
    /// When it was asked for.
    pub create_time: DateTime<Utc>,
    /// Not worth sending after this.
    pub expire_time: Option<DateTime<Utc>>,
    /// The trace that it belongs to (W3C).
    pub traceparent: Option<String>,
}

/// How a message ends; until then it is `QUEUED` in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The next server took responsibility (2xx after the final dot).
    Accepted,
    /// The address does not exist (5.1.x).
    Bounced,
    /// The connection broke after the final dot: it may or may not have gone.
    Unknown,
    /// Given up: refused for good, out of attempts, or its link has expired.
    Dead,
}

impl State {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Bounced => "BOUNCED",
            Self::Unknown => "UNKNOWN",
            Self::Dead => "DEAD",
        }
    }
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx after the final dot.
    Accepted,
    /// 5.1.x: there is no such mailbox.
    NoSuchMailbox(String),
    /// Any other 5xx.
    Refused(String),
    /// Worth another try.
    Later(String),
    /// Broken after the final dot.
    Unknown(String),
}

/// What happens to the message after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A final state with what the server said.
    Final(State, String),
    /// Another attempt, not before then.
    Retry(DateTime<Utc>, String),
    /// Another attempt though this one may have gone, not before then.
    Repeat(DateTime<Utc>, String),
}

/// Waits before the second, third … attempt (mail.md: about 28 hours in all).
const WAITS: [TimeDelta; 7] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(10),
];

/// The wait before another try of a message whose link is the same, after its fate is unknown.
const UNKNOWN_WAIT: TimeDelta = TimeDelta::minutes(15);

/// Decides what follows an attempt.
///
/// `attempt` counts from 1. A broken final dot gives at most one repeat with
/// the same Message-ID and the same link: a double is harmless then, a lost
/// mail is not.
pub fn after(message: &Message, attempt: i64, outcome: Outcome, now: DateTime<Utc>) -> Next {
    match outcome {
        Outcome::Accepted => Next::Final(State::Accepted, String::new()),
        Outcome::NoSuchMailbox(detail) => Next::Final(State::Bounced, detail),
        Outcome::Refused(detail) => Next::Final(State::Dead, detail),
        Outcome::Unknown(detail) if !message.in_doubt => match retry(message, now + UNKNOWN_WAIT, detail) {
            Next::Retry(time, detail) => Next::Repeat(time, detail),
            other => other,
        },
        Outcome::Unknown(detail) => Next::Final(State::Unknown, detail),
        Outcome::Later(detail) => match wait(message.id, attempt) {
            Some(wait) => retry(message, now + wait, detail),
            None => Next::Final(State::Dead, format!("out of attempts; the last answer was: {detail}")),
        },
    }
}

fn retry(message: &Message, time: DateTime<Utc>, detail: String) -> Next {
    match message.expire_time {
        Some(expire) if time >= expire => {
            Next::Final(State::Dead, format!("its link expires before the next attempt; last: {detail}"))
        }
        _ => Next::Retry(time, detail),
    }
}

/// ± 20 %, drawn from the message's id so that a queue does not come back in one burst.
fn wait(id: Uuid, attempt: i64) -> Option<TimeDelta> {
    let base = WAITS.get(usize::try_from(attempt - 1).ok()?)?;
    let draw = i64::from(id.as_bytes()[15]) * 40 / 255 - 20;
    Some(*base + *base * i32::try_from(draw).ok()? / 100)
}
