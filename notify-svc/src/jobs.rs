//! Loops that outlive a request.

mod sender;

use std::collections::BTreeMap;

use platform::outbox::Relay;
use platform::peer::Peers;
use platform::serve::Spawner;

use crate::app::App;
use crate::config::Delivery;

/// Starts the senders and the relay to identity-svc.
pub fn start(spawner: &Spawner, app: &App, peers: &Peers) -> anyhow::Result<()> {
    let senders = match app.delivery {
        // One writer has nothing to gain from company.
        Delivery::Mailbox => 1,
        Delivery::Smtp => app.config.smtp_connections,
    };
    for _ in 0..senders {
        let app = app.clone();
        spawner.worker("notify.sender", move |job| sender::run(app.clone(), job));
    }
    let identity = peers.work("identity", None)?;
    let relay = Relay::new(app.db.clone(), app.clock.clone(), BTreeMap::from([("identity", identity)]));
    spawner.worker("notify.relay", move |job| {
        let relay = relay.clone();
        async move {
            relay.run(job.stopping().clone()).await;
            Ok(())
        }
    });
    Ok(())
}
