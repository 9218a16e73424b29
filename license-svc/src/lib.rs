//! license-svc: what you may use.
//!
//! Owns purchases, pools, seats and entitlements. Knows users by id only: who they are is asked of
//! identity-svc. Never mails a link to a user itself: identity-svc issues invitations, and mails of our
//! own (a purchase's link, a notice) leave as events.

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
use proto::license::v1::license_service_server::LicenseServiceServer;
use proto::license::v1::purchase_service_server::PurchaseServiceServer;
use proto::license::v1::seat_service_server::SeatServiceServer;
use tonic::service::Routes;

pub use app::check::{Finding, check};
pub use config::Config;

/// This service's tables.
pub const MIGRATIONS: db::Migrations = db::migrations![
    "0001_purchases",
    "0002_pools",
    "0003_work",
    "0004_traces",
    "0005_seat_announcements",
    "0006_parents"
];

/// Starts the jobs and returns the routes.
///
/// # Errors
///
/// A setting that cannot be, or no peer `notify`.
pub fn build(config: Config, process: &Process, peers: Peers, db: Db) -> anyhow::Result<Routes> {
    telemetry::watch(process, "license", &db, store::figures::read);
    let app = app::App::new(config, process, peers.clone(), db)?;
    jobs::start(&process.spawner, &app, &peers)?;
    let routes = Routes::new(LicenseServiceServer::new(api::licenses::Licenses(app.clone())))
        .add_service(PurchaseServiceServer::new(api::purchases::Purchases(app.clone())))
        .add_service(SeatServiceServer::new(api::seats::Seats(app.clone())))
        .add_service(InboxServiceServer::new(api::inbox::Inbox(app)));
    Ok(process.guard("license", routes))
}
