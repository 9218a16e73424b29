//! Who acts in an organization, and how far their word goes there.

use std::sync::Arc;

use platform::caller::{Caller, Principal};
use platform::db::Tx;
use platform::tenant::{self, Tenant};
use proto::identity::v1::Permission;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::App;
use super::authorize::{Known, holder, of_memberships};
use crate::domain::account::Account;
use crate::domain::permission::{self, Membership};
use crate::domain::role::Role;
use crate::store::{accounts, users};

/// Somebody who was let into an organization.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The organization they act in.
    pub tenant: Tenant,
    /// Their highest role there or above.
    pub rank: Role,
}

impl App {
    /// The actor, if the caller may.
    pub(super) async fn actor(
        &self,
        caller: &Caller,
        permission: Permission,
        organization: Uuid,
    ) -> Result<Actor, Refusal> {
        if holder(caller.principal()).is_none() {
            let tenant = self.require(caller, permission, organization).await?;
            // Our own service at work; what it may give is bounded as for an Admin.
            return Ok(Actor { tenant, rank: Role::Admin });
        }
        // One look for both: what they may, and how far their word goes.
        let memberships = self.memberships_over(caller, organization).await?;
        let known = Known(of_memberships(&memberships, permission));
        let tenant = tenant::require(&known, caller, permission, organization).await?;
        let rank = permission::rank(&memberships).unwrap_or(Role::Member);
        Ok(Actor { tenant, rank })
    }

    /// The caller's memberships in the organization and above it.
    pub(super) async fn memberships_over(
        &self,
        caller: &Caller,
        organization: Uuid,
    ) -> Result<Arc<[Membership]>, Refusal> {
        let Some(holder) = holder(caller.principal()) else { return Ok(Arc::default()) };
        self.authorizer.over(holder, organization).await
    }
}

/// The account behind a caller: the person's own, or that of the user a key acts as.
pub(super) async fn account(tx: &mut Tx, caller: &Caller) -> Result<Account, Refusal> {
    let account = match caller.principal() {
        Principal::Anonymous => {
            return Err(Refusal::new(Reason::SessionMissing, "sign in, or send an API key"));
        }
        Principal::Account { account, .. } => Some(*account),
        Principal::Client { organization: Some(organization), user: Some(user), .. } => {
            users::find(tx, *organization, *user).await?.and_then(|user| user.account)
        }
        Principal::Client { .. } | Principal::Service { .. } => None,
    };
    let Some(account) = account else { return Err(Refusal::denied("an account", "this call")) };
    let found = accounts::find(tx, account).await?;
    found.ok_or_else(|| Refusal::new(Reason::SessionExpired, "the account does not exist any more"))
}

/// The name that invitations show, empty for a caller who is nobody in particular.
pub(super) async fn display_name(tx: &mut Tx, caller: &Caller) -> Result<String, Refusal> {
    match account(tx, caller).await {
        Ok(account) => Ok(account.display_name),
        Err(refusal) if refusal.reason == Reason::PermissionDenied => Ok(String::new()),
        Err(refusal) => Err(refusal),
    }
}
