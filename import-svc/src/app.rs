//! One function per use case: who may, then what happens.

pub mod accept;
pub mod apply;
mod beside;
pub mod cancel;
pub mod check;
mod directory;
pub mod download;
pub mod get;
mod halt;
pub mod list;
mod lookup;
pub mod resource;
pub mod rows;
mod seats;
pub mod sweep;
pub mod upload;
pub mod validate;
pub mod watch;
pub mod work;

use std::sync::Arc;

use chrono::TimeDelta;
use platform::caller::Caller;
use platform::clock::Clock;
use platform::db::{Db, Everyone};
use platform::keys::Keys;
use platform::once::Answer;
use platform::peer::Peers;
use platform::serve::{Process, Spawner};
use platform::tenant::{self, Authorizer, Tenant};
use prost::Message;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::Refusal;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::config::Config;
use crate::domain::import::Import;
use crate::domain::limits::Limits;
use halt::Halt;
use seats::Seats;

/// The topic that rings when an import looks different.
pub const CHANGES: &str = "imports";
/// The topic that rings when there is work.
pub const WORK: &str = "import work";
/// Whose imports workers and sweepers look through; which organization one is of they learn from it.
const EVERYONE: Everyone = Everyone("work is taken up for every organization");
/// Rows that are looked up and written at once.
const ROWS: usize = 5_000;

/// What the use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Our rows.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Seals page tokens.
    pub keys: Keys,
    /// The other services.
    pub peers: Peers,
    /// What callers may do.
    pub authorizer: Arc<dyn Authorizer>,
    /// Bounds on a file.
    pub limits: Limits,
    /// How long a plan waits and a finished import is kept.
    pub keep: TimeDelta,
    /// Imports at work at once, of either kind of work.
    pub workers: u16,
    /// Starts what goes on beside a worker.
    pub spawner: Spawner,
    /// The doors close: watches end.
    pub draining: CancellationToken,
    /// Work that a dead process left is free again.
    pub adopted: Arc<OnceCell<()>>,
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
            db,
            clock: process.clock.clone(),
            keys: process.keys.clone(),
            authorizer: tenant::remote(&peers),
            peers,
            limits: config.limits(),
            keep: TimeDelta::from_std(config.keep)?,
            workers: config.workers,
            spawner: process.spawner.clone(),
            draining: process.draining.clone(),
            adopted: Arc::default(),
        })
    }

    /// The tenant, if the caller may import there (F1).
    async fn require(&self, caller: &Caller, organization: Uuid) -> Result<Tenant, Refusal> {
        tenant::require(&*self.authorizer, caller, Permission::ImportsRun, organization).await
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

/// The import's name: what the contract shows, and what reservations of seats belong to.
fn owner(import: &Import) -> String {
    name::Import { organization: import.organization, import: import.id }.to_string()
}

/// Frees whatever seats are set aside for the import. In nobody's name: it must work also when the
/// person who imported has lost the right.
async fn releasing(app: &App, import: &Import) -> Result<(), Halt> {
    match Seats::of(app.peers.work("license", None)?, import) {
        Some(seats) => seats.release(owner(import)).await,
        None => Ok(()),
    }
}

fn not_found(name: &name::Import) -> Refusal {
    Refusal::not_found(name.to_string())
}
