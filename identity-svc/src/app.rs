//! One function per use case: who may, then one transaction. Same verbs as the RPCs.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use platform::caller::{Caller, Signer};
use platform::clock::Clock;
use platform::db::{Db, Tx};
use platform::keys::Keys;
use platform::once::{self, Answer};
use platform::serve::{Process, Spawner};
use platform::tenant::{self, Tenant};
use prost::Message;
use proto::identity::v1::Permission;
use proto::page;
use proto::refusal::Refusal;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::config::Config;
use crate::domain::password::Policy;
use crate::domain::secret::{Prefix, Secret};
use crate::store::memberships;

pub mod access;
pub mod actor;
pub mod authorize;
pub mod bulk_runs;
pub mod check;
pub mod clean;
pub mod deliver;
pub mod directories;
pub mod directory;
pub mod hasher;
pub mod invitations;
pub mod links;
pub mod organizations;
pub mod sessions;
pub mod setup;
pub mod users;

use hasher::Hasher;

/// What every use case may need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Our rows.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Seals link tokens and page tokens.
    pub keys: Keys,
    /// Signs caller tokens.
    pub signer: Signer,
    /// Hashes passwords on threads of its own.
    pub hasher: Hasher,
    /// What callers may do: our own answer.
    pub authorizer: Arc<authorize::Rights>,
    /// Who is let in.
    pub admitted: Arc<sessions::authenticate::Admitted>,
    /// Which boxes are ticked.
    pub boxes: Arc<access::Kept>,
    /// What an operator has set.
    pub config: Arc<Config>,
    /// Directories that are searched.
    pub searches: Arc<users::search::Searches>,
    /// Directories that files are looked up in.
    pub files: Arc<directory::match_prints::Files>,
    /// Who waits for new users.
    pub creating: users::create::Queue,
    /// Who waits for a user.
    pub readers: users::get::Readers,
    /// Starts what must come to its end although its caller went away.
    pub spawner: Spawner,
    /// The doors close: watches end.
    pub draining: CancellationToken,
}

/// What a writing use case answers.
#[derive(Debug)]
pub enum Reply<M> {
    /// For the first time.
    Fresh(M),
    /// As it was answered before under the same request id.
    Again(Answer),
}

impl App {
    /// The use cases over these rows.
    ///
    /// # Errors
    /// When the threads that hash passwords cannot be started.
    pub fn new(config: Config, process: &Process, db: Db) -> anyhow::Result<Self> {
        Ok(Self {
            authorizer: Arc::new(authorize::Rights::new(db.clone())),
            admitted: Arc::new(sessions::authenticate::Admitted::new(&db)),
            searches: Arc::new(users::search::Searches::new(&db, &process.spawner)),
            files: Arc::new(directory::match_prints::Files::new(&db, &process.spawner)),
            boxes: Arc::new(access::Kept::new(&db, memberships::TOPIC)),
            db,
            clock: process.clock.clone(),
            keys: process.keys.clone(),
            signer: process.signer("identity"),
            hasher: Hasher::start(&config)?,
            config: Arc::new(config),
            creating: users::create::queue(&process.spawner),
            readers: users::get::readers(&process.spawner),
            spawner: process.spawner.clone(),
            draining: process.draining.clone(),
        })
    }

    /// The tenant, if the caller may.
    async fn require(
        &self,
        caller: &Caller,
        permission: Permission,
        organization: Uuid,
    ) -> Result<Tenant, Refusal> {
        tenant::require(&*self.authorizer, caller, permission, organization).await
    }

    /// What a password may be here.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy { min_length: usize::from(self.config.password_min_length) }
    }

    fn page_tokens(&self) -> page::Tokens {
        self.keys.page_tokens()
    }

    /// Ends a write: stores the answer beside its effect and commits. A refusal that depends on state is
    /// stored without the effect.
    async fn settle<M: Message>(
        &self,
        mut tx: Tx,
        call: &once::Call,
        outcome: Result<M, Refusal>,
    ) -> Result<Reply<M>, Refusal> {
        match outcome {
            Ok(message) => {
                once::store(&mut tx, call, &Answer::reply(&message)).await?;
                tx.commit().await?;
                Ok(Reply::Fresh(message))
            }
            Err(refusal) => {
                drop(tx);
                if depends_on_state(&refusal) && !call.request_id.is_empty() {
                    self.keep_refusal(call, &refusal).await?;
                }
                Err(refusal)
            }
        }
    }

    async fn keep_refusal(&self, call: &once::Call, refusal: &Refusal) -> Result<(), Refusal> {
        let mut tx = self.db.write().await?;
        if once::begin(&mut tx, call, self.clock.now()).await?.replay()?.is_none() {
            once::store(&mut tx, call, &Answer::refusal(refusal.clone())).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

impl<M: Message + Default> Reply<M> {
    /// As it goes out; a repeat with the header `idempotency-replayed: true`.
    ///
    /// # Errors
    /// The refusal that is repeated.
    pub fn respond(self) -> Result<Response<M>, Status> {
        match self {
            Self::Fresh(message) => Ok(Response::new(message)),
            Self::Again(answer) => answer.respond(),
        }
    }
}

/// A new secret.
///
/// # Errors
/// INTERNAL when the system gives no random bytes.
fn new_secret(prefix: Prefix) -> Result<Secret, Refusal> {
    Ok(Secret::of(prefix, random()?))
}

fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| broken("there are no random bytes", &error))?;
    Ok(bytes)
}

/// Logs what broke on our side, here, where it is handled; the caller hears only that something did.
fn broken(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Refusal {
    tracing::error!(error, "{what}");
    Refusal::internal()
}

/// A setting as the domain computes with it.
fn span(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

fn depends_on_state(refusal: &Refusal) -> bool {
    matches!(
        refusal.reason.code(),
        Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::NotFound
            | Code::Aborted
            | Code::PermissionDenied
    )
}
