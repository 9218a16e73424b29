//! Users: the membership of one person in one organization.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::access::Boxes;
use super::email::Email;
use super::invitation::Invitation;
use super::organization::Organization;
use super::profile::Profile;
use super::role::Role;

/// With or without login. Never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Has an e-mail and may get a password.
    Login,
    /// No e-mail, no password (G6).
    Loginless,
}

/// The first of the two status fields (Q23); it follows from the others and is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Has not accepted yet.
    Pending,
    /// May sign in where the boxes say.
    Active,
    /// Active is off.
    Deactivated,
}

impl State {
    /// Of a user who may sign in or not, and has accepted or not.
    #[must_use]
    pub const fn of(active: bool, accepted: bool) -> Self {
        match (active, accepted) {
            (false, _) => Self::Deactivated,
            (true, true) => Self::Active,
            (true, false) => Self::Pending,
        }
    }
}

/// A user as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Where it is.
    pub organization: Uuid,
    /// UUIDv7.
    pub id: Uuid,
    /// The person, once they have accepted.
    pub account: Option<Uuid>,
    /// Sign-in name; none exactly for [`Kind::Loginless`].
    pub email: Option<Email>,
    /// Name and the rest.
    pub profile: Profile,
    /// Also the Admin box (Q16).
    pub role: Role,
    /// With or without login.
    pub kind: Kind,
    /// The Active box.
    pub active: bool,
    /// The Portal Access box.
    pub portal_access: bool,
    /// When the person set a password or joined; login-less users have it from the start.
    pub accepted_time: Option<DateTime<Utc>>,
    /// The last success.
    pub last_sign_in_time: Option<DateTime<Utc>>,
    /// How far the mail has come.
    pub invitation: Invitation,
    /// Row version: the etag.
    pub version: i64,
    /// When it was made.
    pub create_time: DateTime<Utc>,
    /// When it was changed last.
    pub update_time: DateTime<Utc>,
}

/// A user with the names of its organization: "Associated with" (D2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The user.
    pub user: User,
    /// The organization's name.
    pub organization_display_name: String,
    /// The number beside it.
    pub organization_account_number: i64,
}

/// The text of a stored kind is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of user")]
pub struct UnknownKind;

impl Kind {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "LOGIN",
            Self::Loginless => "LOGINLESS",
        }
    }

    /// From storage.
    ///
    /// # Errors
    /// [`UnknownKind`].
    pub fn parse(text: String) -> Result<Self, UnknownKind> {
        [Self::Login, Self::Loginless].into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownKind)
    }
}

impl Placed {
    /// The user in its organization.
    #[must_use]
    pub fn of(user: User, organization: &Organization) -> Self {
        Self {
            user,
            organization_display_name: organization.display_name.clone(),
            organization_account_number: organization.account_number,
        }
    }
}

impl User {
    /// A member that waits for an invitation (G10); without an address a login-less one (Q22).
    #[must_use]
    pub fn new(organization: Uuid, id: Uuid, email: Option<Email>, now: DateTime<Utc>) -> Self {
        let kind = if email.is_some() { Kind::Login } else { Kind::Loginless };
        Self {
            organization,
            id,
            account: None,
            email,
            profile: Profile::default(),
            role: Role::Member,
            kind,
            active: true,
            portal_access: kind == Kind::Login,
            accepted_time: (kind == Kind::Loginless).then_some(now),
            last_sign_in_time: None,
            invitation: Invitation::default(),
            version: 1,
            create_time: now,
            update_time: now,
        }
    }

    /// Where the user stands.
    #[must_use]
    pub fn state(&self) -> State {
        State::of(self.active, self.accepted_time.is_some())
    }

    /// What decides about access.
    #[must_use]
    pub fn boxes(&self) -> Boxes {
        Boxes {
            kind: self.kind,
            state: self.state(),
            admin: self.role.is_admin(),
            portal_access: self.portal_access,
        }
    }

    /// Whether this user keeps the organization in somebody's hands (Q24).
    #[must_use]
    pub fn is_active_owner(&self) -> bool {
        self.role == Role::Owner && self.state() == State::Active
    }

    /// The etag of this version.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }

    /// The resource name.
    #[must_use]
    pub fn name(&self) -> proto::name::User {
        proto::name::User { organization: self.organization, user: self.id }
    }

    /// The address as text.
    #[must_use]
    pub fn email_text(&self) -> Option<&str> {
        self.email.as_ref().map(Email::as_str)
    }
}

/// Whether a change takes the last Owner away (Q24): `others` counts the organization's other active
/// Owners. Portal Access counts too: an Owner's boxes cannot be cleared while it is the last (Q16).
#[must_use]
pub fn takes_last_owner(before: &User, after: &User, others: i64) -> bool {
    let loses_portal = before.portal_access && !after.portal_access;
    before.is_active_owner() && others == 0 && (!after.is_active_owner() || loses_portal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> User {
        let email = Email::parse("ann@example.com").expect("valid");
        let now = DateTime::UNIX_EPOCH;
        let user = User::new(Uuid::nil(), Uuid::nil(), Some(email), now);
        User { role: Role::Owner, accepted_time: Some(now), ..user }
    }

    #[test]
    fn q24_the_last_owner_keeps_role_and_boxes() {
        let demoted = User { role: Role::Admin, ..owner() };
        let deactivated = User { active: false, ..owner() };
        let without_portal = User { portal_access: false, ..owner() };
        for after in [demoted, deactivated, without_portal] {
            assert!(takes_last_owner(&owner(), &after, 0));
            assert!(!takes_last_owner(&owner(), &after, 1));
        }
        assert!(!takes_last_owner(&owner(), &owner(), 0));
    }

    #[test]
    fn q14_active_off_beats_everything_and_the_rest_is_kept() {
        let off = User { active: false, ..owner() };
        assert_eq!(off.state(), State::Deactivated);
        assert_eq!(User { active: true, ..off }, owner());
    }

    #[test]
    fn g19_a_loginless_user_is_never_pending() {
        let phone = User::new(Uuid::nil(), Uuid::nil(), None, DateTime::UNIX_EPOCH);
        assert_eq!((phone.state(), phone.portal_access), (State::Active, false));
    }
}
