//! Who you are: organizations, users, sign-in, links in mails, and what a caller may do.
//!
//! Owns people and their rights. Knows nothing of licences, imports and the wording of mails; calls
//! nobody and waits for nobody, it only tells (`domain/events.rs`).

mod api;
mod app;
mod config;
mod domain;
mod jobs;
mod store;

use platform::db::{self, Db};
use platform::peer::Peers;
use platform::serve::Process;
use platform::telemetry;
use proto::events::v1::inbox_service_server::InboxServiceServer;
use proto::identity::v1::access_service_server::AccessServiceServer;
use proto::identity::v1::bulk_run_service_server::BulkRunServiceServer;
use proto::identity::v1::credential_service_server::CredentialServiceServer;
use proto::identity::v1::directory_service_server::DirectoryServiceServer;
use proto::identity::v1::organization_service_server::OrganizationServiceServer;
use proto::identity::v1::session_service_server::SessionServiceServer;
use proto::identity::v1::setup_service_server::SetupServiceServer;
use proto::identity::v1::user_service_server::UserServiceServer;
use tonic::service::Routes;

pub use api::operator;
pub use app::check::{Finding, check};
pub use config::Config;

/// This service's tables.
pub const MIGRATIONS: db::Migrations = db::migrations![
    "0001_directory",
    "0002_credentials",
    "0003_bulk_runs",
    "0004_traces",
    "0005_search",
    "0006_room",
    "0007_parents"
];

/// The most bytes of one request: 1,000 rows of an import, full to the brim.
const MAX_REQUEST: usize = 16 << 20;

/// Starts the jobs and returns the routes. `peers` are `license` and `notify`, who are told of events.
///
/// # Errors
/// When a thread cannot be started or a peer is missing.
pub fn build(config: Config, process: &Process, peers: Peers, db: Db) -> anyhow::Result<Routes> {
    telemetry::watch(process, "identity", &db, store::figures::read);
    let app = app::App::new(config, process, db)?;
    let about = "Passwords that wait for their hash or are at work.";
    process.metrics.watched("identity", "roster.sign_in.queue", about, app.hasher.waiting());
    jobs::start(&process.spawner, &app, &peers)?;
    let directory = DirectoryServiceServer::new(api::directory::Directory(app.clone()));
    let routes = Routes::new(AccessServiceServer::new(api::access::Access(app.clone())))
        .add_service(BulkRunServiceServer::new(api::bulk_runs::BulkRuns(app.clone())))
        .add_service(CredentialServiceServer::new(api::credentials::Credentials(app.clone())))
        .add_service(directory.max_decoding_message_size(MAX_REQUEST))
        .add_service(InboxServiceServer::new(api::inbox::Inbox(app.clone())))
        .add_service(OrganizationServiceServer::new(api::organizations::Organizations(app.clone())))
        .add_service(SessionServiceServer::new(api::sessions::Sessions(app.clone())))
        .add_service(SetupServiceServer::new(api::setup::Setup(app.clone())))
        .add_service(UserServiceServer::new(api::users::Users(app)));
    Ok(process.guard("identity", routes))
}
