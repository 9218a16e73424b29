//! What a caller may do, and where.
//!
//! A [`Tenant`] is the proof that somebody was asked: store functions take one, and only this module
//! makes one. In a request that is [`require`]. An event consumer and a job have no live caller to
//! ask about; they get theirs from what makes them trustworthy: a service token, a row that was
//! authorized when it was written.

use async_trait::async_trait;
use proto::identity::v1::Permission;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use crate::{
    caller::{Caller, Principal},
    db::Scope,
};

mod remote;

pub use remote::{Remote, remote};

/// The organization that a unit of work is confined to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tenant {
    organization: Uuid,
}

/// Whether a caller may, and whether they may know that they may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The caller holds the permission there.
    pub allowed: bool,
    /// The caller may know that the organization exists: PERMISSION_DENIED, not NOT_FOUND.
    pub visible: bool,
}

/// Answers what callers may do. identity-svc answers from its store, the others ask it ([`remote`]).
#[async_trait]
pub trait Authorizer: Send + Sync {
    /// Whether `caller` holds `permission` in `organization`; in none for those of platform clients (Q35).
    ///
    /// # Errors
    /// A refusal when there is no answer, such as DEPENDENCY_UNAVAILABLE.
    async fn authorize(
        &self,
        caller: &Caller,
        permission: Permission,
        organization: Option<Uuid>,
    ) -> Result<Answer, Refusal>;
}

impl Tenant {
    /// The organization's id: the first key of every query of tenant data.
    #[must_use]
    pub fn organization(&self) -> Uuid {
        self.organization
    }

    /// The tenant's rows, and those of the organization whose key is calling: the user that the key acts
    /// as may be a user of an organization above.
    #[must_use]
    pub fn with_key_of(self, caller: &Caller) -> Scope {
        Scope::of([self.organization].into_iter().chain(organization_of_key(caller)))
    }

    /// For rows that were authorized when they were written; see `serve::Job::tenant`.
    pub(crate) fn of_work(organization: Uuid) -> Self {
        Self { organization }
    }
}

impl From<Tenant> for Scope {
    fn from(tenant: Tenant) -> Self {
        Self::of([tenant.organization])
    }
}

impl FromIterator<Tenant> for Scope {
    fn from_iter<I: IntoIterator<Item = Tenant>>(tenants: I) -> Self {
        Self::of(tenants.into_iter().map(|tenant| tenant.organization))
    }
}

/// The rows of the organization whose key is calling; nobody's for every other caller.
#[must_use]
pub fn of_key(caller: &Caller) -> Scope {
    Scope::of(organization_of_key(caller))
}

fn organization_of_key(caller: &Caller) -> Option<Uuid> {
    match caller.principal() {
        Principal::Client { organization, .. } => *organization,
        _ => None,
    }
}

/// The tenant, if `caller` holds `permission` in `organization`.
///
/// # Errors
/// SESSION_MISSING for nobody, PERMISSION_DENIED, or NOT_FOUND when the caller may not even know the
/// organization; and whatever kept the authorizer from answering.
pub async fn require(
    authorizer: &dyn Authorizer,
    caller: &Caller,
    permission: Permission,
    organization: Uuid,
) -> Result<Tenant, Refusal> {
    refuse_nobody(caller)?;
    let answer = authorizer.authorize(caller, permission, Some(organization)).await?;
    if answer.allowed {
        return Ok(Tenant { organization });
    }
    let name = format!("organizations/{organization}");
    if answer.visible {
        return Err(Refusal::denied(permission.as_str_name(), &name));
    }
    Err(Refusal::not_found(name))
}

/// Passes if `caller` is a platform client that holds `permission`, which belongs to no organization.
///
/// # Errors
/// SESSION_MISSING for nobody, PERMISSION_DENIED; and whatever kept the authorizer from answering.
pub async fn require_platform(
    authorizer: &dyn Authorizer,
    caller: &Caller,
    permission: Permission,
) -> Result<(), Refusal> {
    refuse_nobody(caller)?;
    let answer = authorizer.authorize(caller, permission, None).await?;
    answer.allowed.then_some(()).ok_or_else(|| Refusal::denied(permission.as_str_name(), "the platform"))
}

/// The tenant, if `caller` is a platform client that holds `permission`, which reaches every organization.
///
/// # Errors
/// As [`require_platform`].
pub async fn require_anywhere(
    authorizer: &dyn Authorizer,
    caller: &Caller,
    permission: Permission,
    organization: Uuid,
) -> Result<Tenant, Refusal> {
    require_platform(authorizer, caller, permission).await?;
    Ok(Tenant { organization })
}

/// The tenant of an event, for the consumer that `caller`, one of our own services, delivers it to.
///
/// # Errors
/// PERMISSION_DENIED for everybody else.
pub fn of_delivery(caller: &Caller, organization: Uuid) -> Result<Tenant, Refusal> {
    match caller.principal() {
        Principal::Service { .. } => Ok(Tenant { organization }),
        _ => Err(Refusal::denied("a service token", &format!("organizations/{organization}"))),
    }
}

fn refuse_nobody(caller: &Caller) -> Result<(), Refusal> {
    match caller.principal() {
        Principal::Anonymous => Err(Refusal::new(Reason::SessionMissing, "sign in, or send an API key")),
        _ => Ok(()),
    }
}
