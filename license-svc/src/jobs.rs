//! Loops that outlive a request. Each finds its work in rows, so any replica goes on with it.

mod announcements;
mod invites;
mod mappings;

use std::collections::BTreeMap;
use std::time::Duration;

use platform::outbox::Relay;
use platform::peer::Peers;
use platform::serve::Spawner;

use crate::app::App;

/// How often a loop looks for work that no bell announced: another replica's, or work that was put off.
const POLL: Duration = Duration::from_secs(1);

/// Starts them all.
///
/// # Errors
///
/// When notify-svc is not among the peers.
pub fn start(spawner: &Spawner, app: &App, peers: &Peers) -> anyhow::Result<()> {
    let destinations = BTreeMap::from([("notify", peers.work("notify", None)?)]);
    let relay = Relay::new(app.db.clone(), app.clock.clone(), destinations);
    spawner.worker("license.relay", move |job| {
        let relay = relay.clone();
        async move {
            relay.run(job.stopping().clone()).await;
            Ok(())
        }
    });
    let of = app.clone();
    spawner.worker("license.announcements", move |job| announcements::run(of.clone(), job));
    let of = app.clone();
    spawner.worker("license.mappings", move |job| mappings::run(of.clone(), job));
    let of = app.clone();
    spawner.worker("license.invites", move |job| invites::run(of.clone(), job));
    Ok(())
}
