//! notify-svc: how people hear of it.
//!
//! Owns messages, their delivery and the development mailbox. Knows no
//! organization, no user and no licence: everything a mail says came with the
//! event that asked for it. Tells identity-svc how each message fares; calls
//! nobody else.

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
use proto::notify::v1::dev_mailbox_service_server::DevMailboxServiceServer;
use tonic::service::Routes;

pub use api::{operator, sink};
pub use app::check::{Finding, check};
pub use config::{Config, Delivery, Security, Site};

/// This service's tables.
pub const MIGRATIONS: db::Migrations =
    db::migrations!["0001_messages", "0002_mailbox", "0003_traces", "0004_turns", "0005_room", "0006_doubt"];

/// Starts the jobs and returns the routes.
///
/// # Errors
///
/// A sender address or a template that does not parse, a password for the relay
/// without a user, or the development mailbox in production mode (M12).
pub fn build(config: Config, site: Site, process: &Process, peers: Peers, db: Db) -> anyhow::Result<Routes> {
    telemetry::watch(process, "notify", &db, store::figures::read);
    let app = app::App::new(config, site, process, db)?;
    jobs::start(&process.spawner, &app, &peers)?;
    let mut routes = Routes::new(InboxServiceServer::new(api::inbox::Inbox(app.clone())));
    if app.site.development {
        routes = routes.add_service(DevMailboxServiceServer::new(api::dev_mailbox::DevMailbox(app)));
    }
    Ok(process.guard("notify", routes))
}
