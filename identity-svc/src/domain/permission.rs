//! Who may do what: the permission table, as data.
//!
//! A caller's standing in an organization comes from a membership there or above it in the tree (an
//! ancestor's Owner or Admin is its partner, Q20), or from a platform client's own list (Q35).

use proto::identity::v1::Permission;
use uuid::Uuid;

use super::role::Role;

/// What a caller must be to hold a permission in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// Admin box on, here or above.
    Manager,
    /// Portal Access box on, here or above: reads (E5, Q15).
    Viewer,
    /// A platform client that was given this.
    Client(&'static str),
}

const TABLE: [(Permission, &[Holder]); 13] = [
    (Permission::OrganizationsView, &[Holder::Manager, Holder::Viewer]),
    (Permission::OrganizationsEdit, &[Holder::Manager]),
    (Permission::UsersView, &[Holder::Manager, Holder::Viewer]),
    (Permission::UsersEdit, &[Holder::Manager]),
    (Permission::LicensesView, &[Holder::Manager, Holder::Viewer]),
    (Permission::LicensesEdit, &[Holder::Manager]),
    (Permission::ImportsRun, &[Holder::Manager]),
    (Permission::PurchasesMap, &[Holder::Manager]),
    (Permission::AccessCheck, &[Holder::Manager, Holder::Client(ACCESS_CHECK)]),
    (Permission::EntitlementsCheck, &[Holder::Manager, Holder::Client(ENTITLEMENTS_CHECK)]),
    (Permission::PurchasesRecord, &[Holder::Client(PURCHASES_RECORD)]),
    (Permission::AccessCheckAnywhere, &[Holder::Client(ACCESS_CHECK)]),
    (Permission::EntitlementsCheckAnywhere, &[Holder::Client(ENTITLEMENTS_CHECK)]),
];

const ACCESS_CHECK: &str = "access.check";
const ENTITLEMENTS_CHECK: &str = "entitlements.check";
const PURCHASES_RECORD: &str = "purchases.record";

/// What a platform client can be given.
pub const CLIENT_PERMISSIONS: [&str; 3] = [PURCHASES_RECORD, ENTITLEMENTS_CHECK, ACCESS_CHECK];

/// An active, accepted user of the caller in an organization or above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Where the user is: the organization asked about or an ancestor.
    pub organization: Uuid,
    /// Its role there.
    pub role: Role,
    /// Its Portal Access box.
    pub portal_access: bool,
}

impl Membership {
    /// Whether this membership holds the permission there and in everything below.
    #[must_use]
    pub fn holds(&self, permission: Permission) -> bool {
        holders(permission).iter().any(|holder| match holder {
            Holder::Manager => self.role.is_admin(),
            Holder::Viewer => self.portal_access,
            Holder::Client(_) => false,
        })
    }
}

/// Whether a platform client that was given `permissions` holds the permission.
#[must_use]
pub fn client_holds(permissions: &[String], permission: Permission) -> bool {
    holders(permission).iter().any(|holder| match holder {
        Holder::Client(name) => permissions.iter().any(|given| given == name),
        Holder::Manager | Holder::Viewer => false,
    })
}

/// The highest role among memberships: what the caller may grant is measured by it.
#[must_use]
pub fn rank(memberships: &[Membership]) -> Option<Role> {
    memberships.iter().map(|membership| membership.role).max()
}

fn holders(permission: Permission) -> &'static [Holder] {
    TABLE.iter().find(|(listed, _)| *listed == permission).map_or(&[], |(_, holders)| holders)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_permission() -> impl Iterator<Item = Permission> {
        (1..).map_while(|number| Permission::try_from(number).ok())
    }

    fn held(role: Role, portal_access: bool) -> Vec<Permission> {
        let membership = Membership { organization: Uuid::nil(), role, portal_access };
        every_permission().filter(|permission| membership.holds(*permission)).collect()
    }

    #[test]
    fn the_table_decides_about_every_permission_of_the_contract() {
        assert!(every_permission().all(|permission| !holders(permission).is_empty()));
        assert_eq!(every_permission().count(), TABLE.len());
        assert!(holders(Permission::Unspecified).is_empty());
    }

    #[test]
    fn e5_q15_portal_access_reads_and_nothing_else() {
        let reads = [Permission::OrganizationsView, Permission::UsersView, Permission::LicensesView];
        assert_eq!(held(Role::Member, true), reads);
        assert_eq!(held(Role::Member, false), []);
    }

    #[test]
    fn e4_e6_q35_an_admin_holds_everything_but_what_belongs_to_platform_clients() {
        for role in [Role::Admin, Role::Owner] {
            let all = held(role, false);
            assert_eq!(all.len(), 10);
            assert!(!all.contains(&Permission::PurchasesRecord));
            assert!(!all.contains(&Permission::EntitlementsCheckAnywhere));
        }
    }

    #[test]
    fn q35_a_platform_client_holds_exactly_what_it_was_given() {
        let given = ["purchases.record".to_owned()];
        let held: Vec<_> =
            every_permission().filter(|permission| client_holds(&given, *permission)).collect();
        assert_eq!(held, [Permission::PurchasesRecord]);
    }
}
