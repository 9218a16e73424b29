//! gateway: the only door to the world.
//!
//! HTTP/JSON by `google.api.http`, gRPC and the admin console on one port. It
//! remembers nothing and decides nothing: identity-svc says who a visitor is,
//! on every request, and the services say what they may do. `transcode` knows
//! no message of Roster; `console` calls only what a partner can call.

mod api;
mod app;
mod config;
pub mod console;
pub mod openapi;
pub mod transcode;

use std::sync::Arc;

use axum::Router;
use platform::peer::Peers;
use platform::serve::Process;

pub use api::alone;
pub use app::upstreams::Upstreams;
pub use config::{Config, PublicTls, Site, TranscodeConfig};

/// The whole door: mount it on the one port.
///
/// # Errors
///
/// A contract whose HTTP rules contradict each other.
pub fn build(config: Config, site: Site, process: &Process, upstreams: Upstreams) -> anyhow::Result<Router> {
    let upstreams = upstreams.until(&process.draining);
    let peers = Peers::new(process.signer("gateway"))
        .with("identity", upstreams.identity.clone())
        .with("notify", upstreams.notify.clone());
    let app = app::App {
        config: Arc::new(config),
        site: Arc::new(site),
        clock: process.clock.clone(),
        signer: process.signer("gateway"),
        upstreams: Arc::new(upstreams),
        peers,
    };
    let transcoder = api::http::transcoder(&app)?;
    let document = openapi::document(&openapi::About::roster(), &transcoder)?;
    let reference = openapi::reference(&transcoder, &app.site.public_origin);
    let router = Router::new()
        .merge(process.health.routes())
        .merge(api::mailbox::routes(&app))
        .merge(console::routes(&app)?)
        .merge(openapi::routes(&app, document, reference))
        .merge(api::http::routes(&app, transcoder))
        .layer(axum::middleware::from_fn(api::headers::protect));
    api::grpc::beside(router, app, process)
}
