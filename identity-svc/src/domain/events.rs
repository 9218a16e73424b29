//! What identity tells the other services, and whom.

use chrono::{DateTime, Utc};
use proto::events::v1::event::Payload;
use proto::events::v1::{Event, UserDeactivated, UserEmailChanged, UserReactivated};
use uuid::Uuid;

use super::email::Email;
use super::user::User;

/// This service, as the source of its events.
pub const SOURCE: &str = "identity";
/// Who hears of users that come and go.
pub const SUBSCRIBERS_OF_USERS: &[&str] = &["license"];
/// Who sends mail.
pub const SUBSCRIBERS_OF_MAIL: &[&str] = &["notify"];
/// Everybody that events are relayed to.
pub const DESTINATIONS: [&str; 2] = ["license", "notify"];

/// The user may not sign in any more; seats follow the rule of license-svc.
#[must_use]
pub fn user_deactivated(id: Uuid, user: &User, now: DateTime<Utc>) -> Event {
    of_user(id, user, Payload::UserDeactivated(UserDeactivated { user: user.name().to_string() }), now)
}

/// The user is back.
#[must_use]
pub fn user_reactivated(id: Uuid, user: &User, now: DateTime<Utc>) -> Event {
    of_user(id, user, Payload::UserReactivated(UserReactivated { user: user.name().to_string() }), now)
}

/// The user has another address.
#[must_use]
pub fn user_email_changed(id: Uuid, user: &User, email: &Email, now: DateTime<Utc>) -> Event {
    let changed = UserEmailChanged { user: user.name().to_string(), email: email.to_string() };
    of_user(id, user, Payload::UserEmailChanged(changed), now)
}

/// An event about a user: those of one user arrive in their order.
pub(super) fn of_user(id: Uuid, user: &User, payload: Payload, now: DateTime<Utc>) -> Event {
    let organization = proto::name::Organization { organization: user.organization };
    event(id, organization.to_string(), user.id.to_string(), payload, now)
}

/// An event with its envelope.
#[must_use]
pub fn event(
    id: Uuid,
    organization: String,
    ordering_key: String,
    payload: Payload,
    now: DateTime<Utc>,
) -> Event {
    Event {
        id: id.to_string(),
        source: SOURCE.to_owned(),
        organization,
        occur_time: Some(proto::time::to_wire(now)),
        ordering_key,
        // Set when it is written: see outbox::put.
        traceparent: String::new(),
        payload: Some(payload),
    }
}
