//! import-svc: how people come in by the thousand.
//!
//! Owns uploaded files, their plans and what became of each row. Knows neither users nor seats: it asks
//! identity-svc and license-svc in sets, in the name of the person who imports, and never sends a mail.

mod api;
mod app;
mod config;
pub mod domain;
mod jobs;
mod store;

use platform::db::{self, Db};
use platform::peer::Peers;
use platform::serve::Process;
use platform::telemetry;
use proto::imports::v1::import_service_server::ImportServiceServer;
use tonic::service::Routes;

pub use app::check::{Finding, check};
pub use config::Config;

/// This service's tables.
pub const MIGRATIONS: db::Migrations =
    db::migrations!["0001_imports", "0002_rows", "0003_traces", "0004_blocks", "0005_begun"];

/// Starts the jobs and returns the routes.
///
/// # Errors
///
/// A setting that cannot be.
pub fn build(config: Config, process: &Process, peers: Peers, db: Db) -> anyhow::Result<Routes> {
    telemetry::watch(process, "import", &db, store::figures::read);
    let app = app::App::new(config, process, peers, db)?;
    jobs::start(&process.spawner, &app);
    let routes = Routes::new(ImportServiceServer::new(api::imports::Imports(app)));
    Ok(process.guard("import", routes))
}
