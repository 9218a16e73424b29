//! The time of day, as an argument.
//!
//! Nothing above this module asks the operating system what time it is: a [`Clock`] is passed in, so
//! that a test can stand still, jump thirty days or run two replicas an hour apart.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};

/// A source of the current time.
pub trait Now: Send + Sync {
    /// The current time. [`Clock::now`] cuts it to whole microseconds.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock that a service was started with. Cheap to clone; clones show the same time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Now>);

struct System;

impl Now for System {
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the operating system")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

impl Clock {
    /// The clock of the operating system.
    pub fn system() -> Self {
        Self::new(System)
    }

    /// A clock that shows what `source` says.
    pub fn new(source: impl Now + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// The current time in UTC, in whole microseconds: what both databases can store, so that a value
    /// read back equals the value written.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.now().trunc_subsecs(6)
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Clock")
    }
}
