//! Messages of the contract as pages show them.

use prost_types::Timestamp;
use proto::identity::v1::{User, invitation, user};
use proto::license::v1;

use super::place;
use super::view::badge::Badge;
use super::view::pool::Pool;
use super::view::text::{Count, When};

/// A number that is never negative.
pub(super) fn count(number: impl TryInto<u64>) -> Count {
    Count(number.try_into().unwrap_or(0))
}

/// A moment; none when it is unset.
pub(super) fn when(time: Option<&Timestamp>) -> Option<When> {
    time.and_then(proto::time::from_wire).map(When)
}

/// A user's name, as typed in one field or in two; may be empty.
pub(super) fn name(user: &User) -> String {
    if !user.display_name.is_empty() {
        return user.display_name.clone();
    }
    format!("{} {}", user.given_name, user.family_name).trim().to_owned()
}

/// What to call a user: the name, or else the e-mail.
pub(super) fn label(user: &User) -> String {
    let name = name(user);
    if name.is_empty() { user.email.clone() } else { name }
}

/// The status of a member (Q23); login-less users are never Pending (G19).
pub(super) fn status(user: &User) -> Option<Badge> {
    let word = user.state().as_str_name().trim_start_matches("STATE_");
    (user.state() != user::State::Unspecified).then(|| Badge::member(word))
}

/// The invitation's state; none when there never was one, or once the member is in.
pub(super) fn invitation(user: &User) -> Option<Badge> {
    let state = user.invitation.as_ref()?.state();
    let silent = matches!(state, invitation::State::Unspecified | invitation::State::Accepted);
    let pending = user.state() == user::State::Pending;
    (pending && !silent).then(|| Badge::invitation(state.as_str_name().trim_start_matches("STATE_")))
}

/// "Acme (731757)" (D2, D7).
pub(super) fn associated_with(user: &User) -> String {
    format!("{} ({})", user.organization_display_name, user.organization_account_number)
}

/// `/o/{organization}/users/{user}`.
pub(super) fn user_href(name: &str) -> String {
    let mut parts = name.split('/').skip(1).step_by(2);
    let (organization, user) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("/o/{organization}/users/{user}")
}

/// Seats of one product, in the organization whose pages start with `base`.
pub(super) fn pool(pool: &v1::Pool, base: &str) -> Pool {
    let product = place::last(&pool.name).to_owned();
    Pool {
        href: format!("{base}/licenses/{product}"),
        product,
        name: pool.product_display_name.clone(),
        purchased: count(pool.purchased_count),
        used: count(pool.held_count),
        reserved: count(pool.reserved_count),
        free: count(pool.free_count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_a_name_is_called_by_the_address() {
        let mut user = User { email: "ann@example.com".into(), ..User::default() };
        assert_eq!((name(&user), label(&user)), (String::new(), "ann@example.com".into()));
        user.given_name = "Ann".into();
        assert_eq!(label(&user), "Ann");
    }

    #[test]
    fn a_user_has_one_address_of_its_own() {
        assert_eq!(user_href("organizations/1/users/2"), "/o/1/users/2");
    }
}
