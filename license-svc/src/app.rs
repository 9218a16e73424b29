//! One function per use case: who may, then one transaction. Same verbs as the RPCs.

use std::sync::Arc;

use chrono::TimeDelta;
use platform::caller::{Caller, Principal};
use platform::clock::Clock;
use platform::db::{self, Db};
use platform::keys::Keys;
use platform::once::Answer;
use platform::peer::Peers;
use platform::serve::Process;
use platform::tenant::{self, Authorizer, Tenant};
use prost::Message;
use proto::identity::v1::Permission;
use proto::refusal::Refusal;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::config::Config;
use crate::domain::product::{Catalog, Product};

pub mod announce;
pub mod check;
pub mod deliver;
pub mod directory;
pub mod entitlements;
pub mod invite;
pub mod pools;
pub mod purchases;
pub mod reservations;
pub mod seats;

/// What every use case may need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Our rows.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The other services.
    pub peers: Peers,
    /// Seals link tokens and page tokens.
    pub keys: Keys,
    /// What callers may do.
    pub authorizer: Arc<dyn Authorizer>,
    /// What is sold.
    pub catalog: Arc<Catalog>,
    /// How long a purchase's link works.
    pub link_life: TimeDelta,
    /// When an invite that never ended is given up.
    pub invite_abandoned_after: TimeDelta,
    /// Answers that are asked again and again.
    pub entitlements: Arc<entitlements::Kept>,
    /// Groups the assignments of one pool.
    pub queue: seats::queue::Queue,
}

/// Why a use case has no answer.
#[derive(Clone, Debug)]
pub enum Error {
    /// We refuse.
    Refused(Refusal),
    /// identity-svc refused, in words that fit our caller too.
    Answered(Status),
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
    pub fn new(config: Config, process: &Process, peers: Peers, db: Db) -> anyhow::Result<Self> {
        Ok(Self {
            queue: seats::queue::Queue::new(&db, process, &peers),
            entitlements: Arc::new(entitlements::Kept::new(&db, crate::store::entitlements::TOPIC)),
            db,
            clock: process.clock.clone(),
            keys: process.keys.clone(),
            authorizer: tenant::remote(&peers),
            peers,
            catalog: Arc::new(config.products),
            link_life: TimeDelta::from_std(config.link_life)?,
            invite_abandoned_after: TimeDelta::from_std(config.invite_abandoned_after)?,
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

    /// The same for calls between services: one of our own with nobody behind it (a sweeper) may.
    async fn require_for_service(
        &self,
        caller: &Caller,
        permission: Permission,
        organization: Uuid,
    ) -> Result<Tenant, Refusal> {
        match caller.principal() {
            Principal::Service { .. } => tenant::of_delivery(caller, organization),
            _ => self.require(caller, permission, organization).await,
        }
    }

    /// A product that is sold; `field` is to blame for any other.
    pub fn sold(&self, id: &str, field: &str) -> Result<&Product, Refusal> {
        self.catalog.find(id).ok_or_else(|| Refusal::field(field, format!("\"{id}\" is not a product")))
    }
}

impl<M: Message + Default> Reply<M> {
    /// As it goes out; a repeat with the header `idempotency-replayed: true`.
    pub fn respond(self) -> Result<Response<M>, Status> {
        match self {
            Self::Fresh(message) => Ok(Response::new(message)),
            Self::Again(answer) => answer.respond(),
        }
    }
}

/// Who acts, as rows keep it: without the session, which ends before the row does.
pub fn actor(caller: &Caller) -> String {
    caller.principal().lasting().to_string()
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Answered(status) => status,
        }
    }
}
