//! May this caller do that, there? Asked by every service; answered from memberships and keys.

use async_trait::async_trait;
use platform::caller::{Caller, Principal};
use platform::db::{Db, Everyone, Tx};
use platform::tenant::{Answer, Authorizer};
use proto::identity::v1::Permission;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::domain::permission::{self, Membership};
use crate::store::memberships::{self, Holder};
use crate::store::{clients, organizations};

/// Our own services that work without anybody behind them: their rows were authorized when written.
const TRUSTED_AT_WORK: [&str; 2] = ["license", "import"];

/// Whose rows are looked through for rights.
pub const ABOVE: Everyone = Everyone("rights come from memberships in the organization and above it");

/// Answers from our own rows.
pub struct Rights {
    db: Db,
}

impl Rights {
    /// Over these rows.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Authorizer for Rights {
    async fn authorize(
        &self,
        caller: &Caller,
        permission: Permission,
        organization: Option<Uuid>,
    ) -> Result<Answer, Refusal> {
        let principal = caller.principal();
        let mut tx = self.db.of(ABOVE).look().await?;
        if let Principal::Client { client, organization: None, .. } = principal {
            return of_platform_client(&mut tx, *client, permission, organization).await;
        }
        if let Principal::Service { name } = principal {
            let trusted = organization.is_some() && TRUSTED_AT_WORK.contains(&name.as_str());
            return Ok(Answer { allowed: trusted, visible: trusted });
        }
        let memberships = match (holder(principal), organization) {
            (Some(holder), Some(organization)) => memberships::over(&mut tx, holder, organization).await?,
            _ => Vec::new(),
        };
        Ok(of_memberships(&memberships, permission))
    }
}

/// The answer of memberships that were looked up for more than the answer.
pub struct Known(pub Answer);

#[async_trait]
impl Authorizer for Known {
    async fn authorize(&self, _: &Caller, _: Permission, _: Option<Uuid>) -> Result<Answer, Refusal> {
        Ok(self.0)
    }
}

/// The user or users whose rights a caller has.
#[must_use]
pub fn holder(principal: &Principal) -> Option<Holder> {
    match principal {
        Principal::Account { account, .. } => Some(Holder::Account(*account)),
        Principal::Client { organization, user, .. } => {
            let (organization, user) = organization.zip(*user)?;
            Some(Holder::User { organization, user })
        }
        Principal::Service { .. } | Principal::Anonymous => None,
    }
}

/// What these memberships allow.
#[must_use]
pub fn of_memberships(memberships: &[Membership], permission: Permission) -> Answer {
    Answer {
        allowed: memberships.iter().any(|membership| membership.holds(permission)),
        visible: !memberships.is_empty(),
    }
}

async fn of_platform_client(
    tx: &mut Tx,
    client: Uuid,
    permission: Permission,
    organization: Option<Uuid>,
) -> Result<Answer, Refusal> {
    let given = clients::permissions(tx, client).await?;
    let allowed = permission::client_holds(&given, permission);
    let exists = match organization {
        Some(organization) => organizations::find(tx, organization).await?.is_some(),
        None => true,
    };
    Ok(Answer { allowed: allowed && exists, visible: allowed && exists })
}
