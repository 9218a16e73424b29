//! Loops that outlive a request. Each finds its work in rows, so any replica goes on with it.

mod bulk_runs;
mod cleaning;

use std::collections::BTreeMap;

use platform::outbox::Relay;
use platform::peer::Peers;
use platform::serve::Spawner;

use crate::app::App;
use crate::domain::events;

/// Starts them all.
///
/// # Errors
/// When a subscriber of our events is not among the peers.
pub fn start(spawner: &Spawner, app: &App, peers: &Peers) -> anyhow::Result<()> {
    let mut destinations = BTreeMap::new();
    for destination in events::DESTINATIONS {
        destinations.insert(destination, peers.work(destination, None)?);
    }
    let relay = Relay::new(app.db.clone(), app.clock.clone(), destinations);
    spawner.worker("identity.relay", move |job| {
        let relay = relay.clone();
        async move {
            relay.run(job.stopping().clone()).await;
            Ok(())
        }
    });
    let of = app.clone();
    spawner.worker("identity.bulk_runs", move |job| bulk_runs::run(of.clone(), job));
    let of = app.clone();
    spawner.worker("identity.cleaning", move |job| cleaning::run(of.clone(), job));
    Ok(())
}
