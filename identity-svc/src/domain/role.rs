//! Roles and who may give them (Q1, Q16).

use std::fmt;

/// What a user is in an organization. Ordered: nobody grants above the own role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Admin box off.
    Member,
    /// Admin box on.
    Admin,
    /// Creator, or by transfer from an Owner (Q24).
    Owner,
}

/// The role of that name is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a role")]
pub struct Unknown;

/// Q1 as data: who (row) may give what. Owner is given to nobody; there is a transfer for that.
const MAY_GRANT: [(Role, &[Role]); 3] = [
    (Role::Owner, &[Role::Member, Role::Admin]),
    (Role::Admin, &[Role::Member, Role::Admin]),
    (Role::Member, &[]),
];

impl Role {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "MEMBER",
            Self::Admin => "ADMIN",
            Self::Owner => "OWNER",
        }
    }

    /// From storage.
    ///
    /// # Errors
    /// [`Unknown`].
    pub fn parse(text: String) -> Result<Self, Unknown> {
        [Self::Member, Self::Admin, Self::Owner].into_iter().find(|role| role.as_str() == text).ok_or(Unknown)
    }

    /// The Admin box (Q16).
    #[must_use]
    pub fn is_admin(self) -> bool {
        self >= Self::Admin
    }

    /// Whether somebody with this role may invite somebody as `granted`, or change a role to it.
    /// `admins_may_grant_admin` is the organization's setting.
    #[must_use]
    pub fn may_grant(self, granted: Self, admins_may_grant_admin: bool) -> bool {
        let withheld = self == Self::Admin && granted == Self::Admin && !admins_may_grant_admin;
        let listed = MAY_GRANT.iter().any(|(actor, roles)| *actor == self && roles.contains(&granted));
        listed && !withheld
    }

    /// Whether somebody with this role may change role, boxes, e-mail or password of somebody with the
    /// role `target` (Q27: an Admin cannot do that to an Owner).
    #[must_use]
    pub fn may_change(self, target: Self) -> bool {
        self.is_admin() && self >= target
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q1_every_actor_and_every_role() {
        use Role::{Admin, Member, Owner};
        let table = [
            (Owner, Member, true, true),
            (Owner, Admin, true, true),
            (Owner, Owner, false, false),
            (Admin, Member, true, true),
            (Admin, Admin, true, false),
            (Admin, Owner, false, false),
            (Member, Member, false, false),
            (Member, Admin, false, false),
            (Member, Owner, false, false),
        ];
        for (actor, granted, by_default, withheld) in table {
            assert_eq!(actor.may_grant(granted, true), by_default, "{actor} grants {granted}");
            assert_eq!(actor.may_grant(granted, false), withheld, "{actor} grants {granted}, setting off");
        }
    }

    #[test]
    fn q27_an_admin_does_not_change_an_owner() {
        assert!(Role::Owner.may_change(Role::Owner));
        assert!(Role::Admin.may_change(Role::Admin));
        assert!(!Role::Admin.may_change(Role::Owner));
        assert!(!Role::Member.may_change(Role::Member));
    }
}
