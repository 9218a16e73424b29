//! Who said UNAVAILABLE, and for how long others come first.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long others come first after a refusal; doubled while it goes on.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Short, because a replica that is well again should be found soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// What an address said last, whichever of its connections heard it. A process that refuses answers
/// faster than one that works, so by calls under way alone it would attract them.
#[derive(Default)]
pub(super) struct Refusals(Mutex<Option<Pause>>);

struct Pause {
    length: Duration,
    until: Instant,
}

/// How an address is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It takes calls.
    Well,
    /// Its pause is over, and it has not answered since.
    OnTrial,
    /// It refused a moment ago.
    Refusing,
}

impl Refusals {
    /// It answered UNAVAILABLE. What was under way during a pause does not make it longer.
    pub(super) fn refused(&self) {
        let (now, mut pause) = (Instant::now(), self.pause());
        let length = match &*pause {
            Some(last) if last.until > now => return,
            Some(last) => (last.length * 2).min(LONGEST_PAUSE),
            None => FIRST_PAUSE,
        };
        *pause = Some(Pause { length, until: now + length });
    }

    /// It answered something else. Within the pause that says little: it may refuse some methods only.
    pub(super) fn answered(&self) {
        let mut pause = self.pause();
        if pause.as_ref().is_some_and(|last| last.until <= Instant::now()) {
            *pause = None;
        }
    }

    pub(super) fn standing(&self) -> Standing {
        match &*self.pause() {
            None => Standing::Well,
            Some(last) if last.until <= Instant::now() => Standing::OnTrial,
            Some(_) => Standing::Refusing,
        }
    }

    fn pause(&self) -> MutexGuard<'_, Option<Pause>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
