//! Sessions: a reference token, idle and absolute ends (ASVS 7.3).

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// A session as stored, under the hash of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// UUIDv7.
    pub id: Uuid,
    /// Whose.
    pub account: Uuid,
    /// What signed in, as it names itself.
    pub user_agent: String,
    /// When.
    pub create_time: DateTime<Utc>,
    /// The last request, within a minute.
    pub last_use_time: DateTime<Utc>,
    /// The absolute end.
    pub expire_time: DateTime<Utc>,
}

/// A use is written down once a minute at most: every request reads, few write.
const GRAIN: TimeDelta = TimeDelta::minutes(1);

impl Session {
    /// When it ends for want of use.
    #[must_use]
    pub fn idle_expire_time(&self, idle: TimeDelta) -> DateTime<Utc> {
        (self.last_use_time + idle).min(self.expire_time)
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self, idle: TimeDelta, now: DateTime<Utc>) -> bool {
        self.idle_expire_time(idle) <= now
    }

    /// Whether this use is worth writing down.
    #[must_use]
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.last_use_time + GRAIN <= now
    }

    /// The resource name.
    #[must_use]
    pub fn name(&self) -> proto::name::Session {
        proto::name::Session { account: self.account, session: self.id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_idle_or_old_whichever_comes_first() {
        let start = DateTime::UNIX_EPOCH;
        let (idle, hour) = (TimeDelta::minutes(30), TimeDelta::hours(1));
        let session = Session {
            id: Uuid::nil(),
            account: Uuid::nil(),
            user_agent: String::new(),
            create_time: start,
            last_use_time: start,
            expire_time: start + hour * 12,
        };
        assert!(!session.is_over(idle, start + idle - TimeDelta::seconds(1)));
        assert!(session.is_over(idle, start + idle));
        let busy = Session { last_use_time: start + hour * 12 - TimeDelta::seconds(1), ..session };
        assert!(busy.is_over(idle, start + hour * 12));
    }
}
