//! Organizations: companies and their customers.

pub mod create;
pub mod found;
pub mod get;
pub mod list;

use platform::db::{Everyone, Tx};
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::domain::organization::Organization;
use crate::domain::permission::Membership;
use crate::domain::role::Role;
use crate::store::organizations;

/// Where organizations are made.
pub(super) const UNBORN: Everyone = Everyone("an organization that is being made is nobody's tenant yet");

/// An organization as its caller sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The organization.
    pub organization: Organization,
    /// The caller's own role there; none when the right comes from above.
    pub caller_role: Option<Role>,
    /// Whether the caller may edit users and licences there.
    pub caller_may_edit: bool,
}

/// The organization, locked: first in every transaction that changes its users.
pub(super) async fn locked(tx: &mut Tx, organization: Uuid) -> Result<Organization, Refusal> {
    let found = organizations::lock(tx, organization).await?;
    found.ok_or_else(|| Refusal::not_found(proto::name::Organization { organization }.to_string()))
}

/// The organization, locked as long as users of it are invited.
pub(super) async fn locked_to_invite(tx: &mut Tx, organization: Uuid) -> Result<Organization, Refusal> {
    let found = organizations::lock_to_invite(tx, organization).await?;
    found.ok_or_else(|| Refusal::not_found(proto::name::Organization { organization }.to_string()))
}

/// The organization, locked as long as users are added to it.
pub(super) async fn locked_to_add(tx: &mut Tx, organization: Uuid) -> Result<Organization, Refusal> {
    let found = organizations::lock_to_add(tx, organization).await?;
    found.ok_or_else(|| Refusal::not_found(proto::name::Organization { organization }.to_string()))
}

/// Seen with these memberships, which lie in it or above it.
#[must_use]
pub fn seen(organization: Organization, memberships: &[Membership]) -> Shown {
    let own = memberships.iter().filter(|membership| membership.organization == organization.id);
    Shown {
        caller_role: own.map(|membership| membership.role).max(),
        caller_may_edit: memberships.iter().any(|membership| membership.role.is_admin()),
        organization,
    }
}
