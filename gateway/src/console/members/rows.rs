//! One member in the list.

use chrono::{DateTime, Utc};
use proto::identity::v1::{Invitation, Role, User, invitation, user};

pub(super) use crate::console::view::members::Row;
use crate::console::{place, shapes};

/// The row; `now` says how long a link still works.
pub(super) fn row(user: &User, now: DateTime<Utc>) -> Row {
    let loginless = user.kind() == user::Kind::Loginless;
    let access = user.portal_access() && !loginless;
    Row {
        id: place::last(&user.name).to_owned(),
        href: shapes::user_href(&user.name),
        name: shapes::name(user),
        email: user.email.clone(),
        role: role(user.role()).to_owned(),
        access: if access { "Portal Access" } else { "No Portal Access" }.to_owned(),
        status: shapes::status(user),
        invitation: shapes::invitation(user),
        note: note(user, now),
        selectable: !loginless,
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Member | Role::Unspecified => "Member",
    }
}

/// What else there is to know about the invitation of somebody who is Pending.
fn note(user: &User, now: DateTime<Utc>) -> String {
    let Some(invitation) = user.invitation.as_ref().filter(|_| user.state() == user::State::Pending) else {
        return String::new();
    };
    match invitation.state() {
        invitation::State::Bounced | invitation::State::Suppressed | invitation::State::Deferred => {
            invitation.detail.clone()
        }
        invitation::State::Queued | invitation::State::Sent | invitation::State::Delivered => {
            expires(invitation, now)
        }
        invitation::State::Expired => "can be sent again".to_owned(),
        _ => String::new(),
    }
}

fn expires(invitation: &Invitation, now: DateTime<Utc>) -> String {
    let Some(when) = shapes::when(invitation.expire_time.as_ref()) else { return String::new() };
    let half_days = (when.0 - now).num_hours() / 12;
    match (half_days + 1) / 2 {
        days if days > 1 => format!("expires in {days} days"),
        1 => "expires in 1 day".to_owned(),
        _ => "expires within a day".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn pending(state: invitation::State, detail: &str, days: i64) -> (User, DateTime<Utc>) {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let mut invitation = Invitation {
            detail: detail.into(),
            expire_time: Some(proto::time::to_wire(now + TimeDelta::days(days) + TimeDelta::hours(1))),
            ..Invitation::default()
        };
        invitation.set_state(state);
        let mut user = User { invitation: Some(invitation), ..User::default() };
        user.set_state(user::State::Pending);
        (user, now)
    }

    #[test]
    fn n8_a_bounce_is_told_in_the_mail_servers_words() {
        let (user, now) = pending(invitation::State::Bounced, "550 5.1.1 no such user", 3);
        assert_eq!(note(&user, now), "550 5.1.1 no such user");
    }

    #[test]
    fn g13_a_sent_link_tells_its_end() {
        for (days, expected) in
            [(12, "expires in 12 days"), (1, "expires in 1 day"), (0, "expires within a day")]
        {
            let (user, now) = pending(invitation::State::Sent, "", days);
            assert_eq!(note(&user, now), expected);
        }
    }

    #[test]
    fn g19_a_login_less_member_cannot_be_chosen() {
        let mut user = User { portal_access: Some(true), ..User::default() };
        user.set_kind(user::Kind::Loginless);
        let shown = row(&user, DateTime::UNIX_EPOCH);
        assert_eq!((shown.selectable, shown.access.as_str()), (false, "No Portal Access"));
    }
}
