//! All five services in one process, called without sockets.

use axum::Router;
use platform::node::Site;
use platform::peer::{self, Peers};
use platform::serve::Process;

use crate::cli::Services;
use crate::storage::Storage;

/// A house that stands: jobs run, and the door can be mounted on a port.
pub struct House {
    /// Clock, keys, metrics, health, background work.
    pub process: Process,
    /// Console, HTTP/JSON and gRPC.
    pub door: Router,
    /// Every service, called in the operator's name.
    pub peers: Peers,
    /// The four databases.
    pub storage: Storage,
}

/// Builds the services, gives each its peers, and ties them together: they call
/// each other in a circle (events run against the calls), so peers are bound last.
///
/// # Errors
///
/// Settings that contradict each other.
pub fn build(services: Services, site: &Site, process: Process, storage: Storage) -> anyhow::Result<House> {
    let (identity_slot, identity) = peer::late();
    let (license_slot, license) = peer::late();
    let (import_slot, import) = peer::late();
    let (notify_slot, notify) = peer::late();
    let known = |service: &'static str| {
        Peers::new(process.signer(service))
            .with("identity", identity.clone())
            .with("license", license.clone())
            .with("import", import.clone())
            .with("notify", notify.clone())
    };
    let bind = |slot: peer::Late, routes| slot.bind(peer::local(routes));
    bind(
        identity_slot,
        identity_svc::build(services.identity, &process, known("identity"), storage.identity.clone())?,
    );
    bind(
        license_slot,
        license_svc::build(services.license, &process, known("license"), storage.license.clone())?,
    );
    bind(import_slot, import_svc::build(services.import, &process, known("import"), storage.import.clone())?);
    bind(
        notify_slot,
        notify_svc::build(services.notify, site.clone(), &process, known("notify"), storage.notify.clone())?,
    );
    let upstreams = gateway::Upstreams {
        identity: identity.clone(),
        license: license.clone(),
        import: import.clone(),
        notify: notify.clone(),
    };
    let door = gateway::build(services.gateway, site.clone(), &process, upstreams)?;
    Ok(House { door, peers: known("roster"), process, storage })
}
