//! May this caller do that, there? Asked by every service; answered from memberships and keys.

use std::sync::Arc;

use async_trait::async_trait;
use platform::caller::{Caller, Principal};
use platform::db::{Db, Everyone, Kept};
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
    memberships: Kept<(Holder, Uuid), Arc<[Membership]>>,
    clients: Kept<(Uuid, Option<Uuid>), Arc<Given>>,
}

/// What a platform client was given.
struct Given {
    permissions: Vec<String>,
    /// The organization it asks about is there; true when it asks about none.
    exists: bool,
}

impl Rights {
    /// Over these rows.
    #[must_use]
    pub fn new(db: Db) -> Self {
        let memberships = Kept::new(&db, memberships::TOPIC);
        Self { memberships, clients: Kept::new(&db, memberships::TOPIC), db }
    }

    /// Memberships in the organization and above it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn over(&self, holder: Holder, organization: Uuid) -> Result<Arc<[Membership]>, Refusal> {
        let look = async {
            let mut tx = self.db.of(ABOVE).look().await?;
            Ok(memberships::over(&mut tx, holder, organization).await?.into())
        };
        self.memberships.get((holder, organization), look).await
    }

    async fn given(&self, client: Uuid, organization: Option<Uuid>) -> Result<Arc<Given>, Refusal> {
        let look = async {
            let mut tx = self.db.of(ABOVE).look().await?;
            let permissions = clients::permissions(&mut tx, client).await?;
            let exists = match organization {
                Some(organization) => organizations::find(&mut tx, organization).await?.is_some(),
                None => true,
            };
            Ok(Arc::new(Given { permissions, exists }))
        };
        self.clients.get((client, organization), look).await
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
        if let Principal::Client { client, organization: None, .. } = principal {
            let given = self.given(*client, organization).await?;
            let allowed = given.exists && permission::client_holds(&given.permissions, permission);
            return Ok(Answer { allowed, visible: allowed });
        }
        if let Principal::Service { name } = principal {
            let trusted = organization.is_some() && TRUSTED_AT_WORK.contains(&name.as_str());
            return Ok(Answer { allowed: trusted, visible: trusted });
        }
        match (holder(principal), organization) {
            (Some(holder), Some(organization)) => {
                Ok(of_memberships(&self.over(holder, organization).await?, permission))
            }
            _ => Ok(of_memberships(&[], permission)),
        }
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
