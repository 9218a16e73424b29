//! Answers in memory, because they are asked a thousand times for each change.
//!
//! A commit of this process that may change an answer rings a bell before it returns, so no answer given
//! after it is older than it. What another replica commits is seen within a second, because no answer
//! is kept longer.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Db;

/// How long an answer is kept (B10: right within 1 s of a change).
const LIFE: Duration = Duration::from_millis(900);
/// At most this many answers are kept.
const MOST: usize = 100_000;

/// The answers since the last change.
#[derive(Debug)]
pub struct Kept<Question, Answer>(Mutex<State<Question, Answer>>);

#[derive(Debug)]
struct State<Question, Answer> {
    bell: watch::Receiver<()>,
    /// Counts the changes.
    epoch: u64,
    answers: HashMap<Question, (Answer, Instant)>,
}

/// When somebody began to look an answer up.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    epoch: u64,
    at: Instant,
}

impl<Question: Eq + Hash, Answer: Clone> Kept<Question, Answer> {
    /// Nothing is kept yet. Every transaction that may change an answer wakes `topic`.
    #[must_use]
    pub fn new(db: &Db, topic: &'static str) -> Self {
        Self(Mutex::new(State { bell: db.woken(topic), epoch: 0, answers: HashMap::new() }))
    }

    /// The answer as it is kept, else as `look` finds it.
    ///
    /// # Errors
    ///
    /// Those of `look`; nothing is kept then.
    pub async fn get<E>(
        &self,
        question: Question,
        look: impl Future<Output = Result<Answer, E>>,
    ) -> Result<Answer, E> {
        let asked = match self.find(&question) {
            Ok(answer) => return Ok(answer),
            Err(asked) => asked,
        };
        let answer = look.await?;
        self.keep(question, answer.clone(), asked);
        Ok(answer)
    }

    /// The answer.
    ///
    /// # Errors
    ///
    /// From when on to look it up, for [`keep`](Self::keep).
    pub fn find(&self, question: &Question) -> Result<Answer, Asked> {
        let state = self.up_to_date();
        let at = Instant::now();
        match state.answers.get(question) {
            Some((answer, since)) if at.duration_since(*since) < LIFE => Ok(answer.clone()),
            _ => Err(Asked { epoch: state.epoch, at }),
        }
    }

    /// Keeps what was looked up, unless something changed meanwhile.
    pub fn keep(&self, question: Question, answer: Answer, asked: Asked) {
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
    fn up_to_date(&self) -> MutexGuard<'_, State<Question, Answer>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.bell.has_changed().unwrap_or(true) {
            state.bell.mark_unchanged();
            state.answers.clear();
            state.epoch += 1;
        }
        state
    }
}
