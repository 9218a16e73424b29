//! Keeping connections: following the addresses, and putting up again what fell.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Settings;
use super::dial::{Dialled, dial};
use super::pool::{Line, Place, Pool};
use super::resolve::Known;
use crate::serve::Spawner;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Short, because a replica that is back should be found within 2 s.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Looks the addresses up again and again until the pool is gone.
pub(super) async fn follow(
    pool: Weak<Pool>,
    ended: CancellationToken,
    settings: Arc<Settings>,
    spawner: Spawner,
) {
    let work = async {
        let mut known = Known::new();
        loop {
            let addresses = settings.resolver.all(&settings.address, &mut known).await;
            let Some(pool) = pool.upgrade() else { return };
            for place in pool.set(&addresses, settings.connections) {
                spawner.footing("peer.keep", keep(place, settings.clone(), spawner.clone()));
            }
            drop(pool);
            tokio::time::sleep(settings.refresh).await;
        }
    };
    ended.run_until_cancelled(work).await;
}

/// Keeps one connection standing until its place is retired. One that answered calls is put up again at
/// once; for one that never did, pauses grow.
async fn keep(place: Arc<Place>, settings: Arc<Settings>, spawner: Spawner) {
    let (mut pause, mut reachable) = (FIRST_PAUSE, true);
    let retired = place.retired.clone();
    while let Some(dialled) = retired.run_until_cancelled(dial(place.address, &settings)).await {
        match dialled {
            Ok(dialled) => {
                if !std::mem::replace(&mut reachable, true) {
                    tracing::info!(peer = settings.service, address = %place.address, "a peer is back");
                }
                if stand(&place, dialled, &spawner).await {
                    pause = FIRST_PAUSE;
                    continue;
                }
            }
            Err(error) if reachable => {
                reachable = false;
                tracing::warn!(%error, peer = settings.service, address = %place.address, "a peer is left out");
            }
            Err(_) => {}
        }
        if retired.run_until_cancelled(tokio::time::sleep(uneven(pause))).await.is_none() {
            break;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    place.fall();
}

/// Offers the connection to calls until it ends or must be left; answers whether it answered any.
async fn stand(place: &Place, dialled: Dialled, spawner: &Spawner) -> bool {
    let line = Arc::new(Line::new(place, dialled.sender));
    let (driver, over) = (dialled.driver, line.left.clone());
    // Not driven here: calls under way go on after the connection is left.
    spawner.footing("peer.connection", async move {
        driver.await;
        over.cancel();
    });
    place.stand(line.clone());
    tokio::select! {
        () = line.left.cancelled() => {}
        () = dialled.outdated.cancelled() => {}
        () = place.retired.cancelled() => {}
    }
    place.fall();
    line.has_answered()
}

/// Between three and five quarters, so that those who fell together do not come back together.
fn uneven(pause: Duration) -> Duration {
    let mut byte = [128];
    if getrandom::fill(&mut byte).is_err() {
        return pause;
    }
    pause * 3 / 4 + pause * u32::from(byte[0]) / 512
}
