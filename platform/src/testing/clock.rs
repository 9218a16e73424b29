//! A clock that obeys.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::{Clock, Now};

/// A clock that stands still until it is told otherwise. Clones show the same time.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    /// A clock that shows 2026-01-15 08:00 UTC.
    #[expect(
        clippy::new_without_default,
        reason = "a default time would hide where a test's time comes from"
    )]
    pub fn new() -> Self {
        let start = DateTime::from_timestamp(1_768_464_000, 0).unwrap_or_default();
        Self(Arc::new(Mutex::new(start)))
    }

    /// The clock to build a service with.
    pub fn clock(&self) -> Clock {
        Clock::new(self.clone())
    }

    /// Jumps to a time.
    pub fn set(&self, time: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Moves on, or back.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Now for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
