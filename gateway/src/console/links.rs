//! Links from mails that lead nowhere (any more).

use chrono::{DateTime, Utc};
use proto::refusal::{Reason, Refusal};
use tonic::Status;

use super::view::activate::Fate;
use super::view::text::When;

/// The fate of a link that a service refused; none when it refused for another reason.
pub(super) fn fate(status: &Status) -> Option<Fate> {
    match Refusal::reason_of(status)? {
        Reason::LinkExpired => Some(expiry(status).map_or(Fate::Revoked, Fate::Expired)),
        Reason::LinkUsed => Some(Fate::Used),
        Reason::LinkRevoked => Some(Fate::Revoked),
        Reason::LinkUnknown => Some(Fate::Unknown),
        _ => None,
    }
}

fn expiry(status: &Status) -> Option<When> {
    let text = Refusal::metadata_of(status, "expireTime")?;
    let time = DateTime::parse_from_rfc3339(&text).ok()?;
    Some(When(time.with_timezone(&Utc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_says_how_it_died() {
        let refusal = Refusal::new(Reason::LinkExpired, "x").with("expireTime", "2026-12-21T10:00:00Z");
        let Some(Fate::Expired(when)) = fate(&refusal.into()) else { panic!("expired") };
        assert_eq!(when.day(), "21 December 2026");
        assert_eq!(fate(&Refusal::new(Reason::LinkUsed, "x").into()), Some(Fate::Used));
        assert_eq!(fate(&Refusal::unavailable("identity").into()), None);
    }
}
