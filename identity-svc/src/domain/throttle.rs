//! Guessing a password gets slower with every failure (ASVS 6.3.1; NIST 800-63B: at most 100 in a row).

use chrono::{DateTime, TimeDelta, Utc};

/// So many consecutive failures cost nothing: people mistype.
const FREE: i64 = 5;
/// The longest pause between two tries.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// So many tries in a row without a success ever reach the password hash; a reset by mail begins anew.
const MOST: i64 = 100;

/// What is known of the tries for one address, or on one device, since its last success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// Tries that began.
    pub attempts: i64,
    /// Tries that failed.
    pub failures: i64,
    /// No try before this.
    pub next_try_time: DateTime<Utc>,
}

impl Failures {
    /// How long to wait before the next try; `None` when it may be made now.
    #[must_use]
    pub fn pause(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        if self.attempts >= MOST {
            return Some(LONGEST_PAUSE);
        }
        (self.next_try_time > now).then(|| self.next_try_time - now)
    }

    /// Without a try that began and was not made.
    #[must_use]
    pub fn shed(self) -> Self {
        Self { attempts: (self.attempts - 1).max(0), ..self }
    }

    /// With one more failure: after five the pause doubles from a second to a quarter of an hour.
    #[must_use]
    pub fn failed(self, now: DateTime<Utc>) -> Self {
        let failures = self.failures + 1;
        let doublings = u32::try_from((failures - FREE).clamp(0, 20)).unwrap_or_default();
        let pause = TimeDelta::seconds((1_i64 << doublings) / 2).min(LONGEST_PAUSE);
        Self { failures, next_try_time: now + pause, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failures: i64) -> Failures {
        let now = DateTime::UNIX_EPOCH;
        let fresh = Failures { attempts: failures, failures: failures - 1, next_try_time: now };
        fresh.failed(now)
    }

    #[test]
    fn five_mistakes_are_free_and_then_the_pause_doubles() {
        let pause = |failures| after(failures).pause(DateTime::UNIX_EPOCH);
        assert_eq!(pause(5), None);
        assert_eq!(pause(6), Some(TimeDelta::seconds(1)));
        assert_eq!(pause(8), Some(TimeDelta::seconds(4)));
        assert_eq!(pause(30), Some(LONGEST_PAUSE));
    }

    #[test]
    fn a_hundred_tries_in_a_row_are_the_end() {
        let later = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        assert_eq!(after(99).pause(later), None);
        assert_eq!(after(100).pause(later), Some(LONGEST_PAUSE));
    }
}
