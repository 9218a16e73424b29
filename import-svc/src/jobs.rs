//! Loops that outlive a request.

mod sweeper;
mod worker;

use std::collections::BTreeMap;

use platform::outbox::Relay;
use platform::serve::Spawner;

use crate::app::App;
use crate::app::work::Work;

/// Starts the workers and the sweeper.
pub fn start(spawner: &Spawner, app: &App) {
    for _ in 0..app.workers {
        let own = app.clone();
        spawner.worker("import.validator", move |job| worker::run(own.clone(), job, Work::Validate));
        let own = app.clone();
        spawner.worker("import.applier", move |job| worker::run(own.clone(), job, Work::Apply));
    }
    let own = app.clone();
    spawner.worker("import.sweeper", move |job| sweeper::run(own.clone(), job));
    // Nobody hears of imports yet: the relay only forgets old request ids.
    let relay = Relay::new(app.db.clone(), app.clock.clone(), BTreeMap::new());
    spawner.worker("import.relay", move |job| {
        let relay = relay.clone();
        async move {
            relay.run(job.stopping().clone()).await;
            Ok(())
        }
    });
}
