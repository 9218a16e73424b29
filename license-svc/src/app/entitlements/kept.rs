//! Answers in memory, because they are asked a thousand times for each change.
//!
//! A commit of this process that changes an answer rings a bell before it returns, so no answer given
//! after it is older than it. What another replica commits is seen within a second, because no answer
//! is kept longer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use platform::db::Db;
use proto::name::{self, ProductId};
use tokio::sync::watch;

use super::Entitlement;
use crate::store::entitlements;

/// How long an answer is kept (B10: right within 1 s of a change).
const LIFE: Duration = Duration::from_millis(900);
/// At most this many answers are kept.
const MOST: usize = 100_000;

type Question = (name::User, ProductId);

/// The answers since the last change.
pub struct Kept(Mutex<State>);

struct State {
    bell: watch::Receiver<()>,
    /// Counts the changes.
    epoch: u64,
    answers: HashMap<Question, (Entitlement, Instant)>,
}

/// When somebody began to look an answer up.
#[derive(Clone, Copy)]
pub struct Asked {
    epoch: u64,
    at: Instant,
}

impl Kept {
    /// Nothing is kept yet.
    pub fn new(db: &Db) -> Self {
        let bell = db.woken(entitlements::TOPIC);
        Self(Mutex::new(State { bell, epoch: 0, answers: HashMap::new() }))
    }

    /// The answer, or from when on to look it up.
    pub fn find(&self, question: &Question) -> Result<Entitlement, Asked> {
        let state = self.up_to_date();
        let at = Instant::now();
        match state.answers.get(question) {
            Some((answer, since)) if at.duration_since(*since) < LIFE => Ok(*answer),
            _ => Err(Asked { epoch: state.epoch, at }),
        }
    }

    /// Keeps what was looked up, unless something changed meanwhile.
    pub fn keep(&self, question: Question, answer: Entitlement, asked: Asked) {
        let mut state = self.up_to_date();
        if state.epoch != asked.epoch {
            return;
        }
        if state.answers.len() >= MOST {
            state.answers.clear();
        }
        state.answers.insert(question, (answer, asked.at));
    }

    /// The state after every change that was committed by now.
    fn up_to_date(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.bell.has_changed().unwrap_or(true) {
            state.bell.mark_unchanged();
            state.answers.clear();
            state.epoch += 1;
        }
        state
    }
}
