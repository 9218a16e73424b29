//! Forgetting what the durable habits no longer need.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::{FutureExt, future::BoxFuture};
use tokio_util::sync::CancellationToken;

use super::KEPT;
use crate::{
    clock::Clock,
    db::{self, Db, Result, Tx},
    inbox, once,
};

const EVERY: Duration = Duration::from_secs(3600);

/// Deletes some of what a habit no longer needs.
type Clean = for<'t> fn(&'t mut Tx, DateTime<Utc>) -> BoxFuture<'t, Result<u64>>;

const HABITS: [Clean; 3] = [
    |tx, now| once::clean(tx, now).boxed(),
    |tx, now| inbox::clean(tx, now).boxed(),
    |tx, now| outbox(tx, now).boxed(),
];

/// Cleans at once and then every hour, until shutdown.
pub(super) async fn run(db: &Db, clock: &Clock, shutdown: &CancellationToken) {
    while !shutdown.is_cancelled() {
        if let Err(error) = clean(db, clock.now()).await {
            tracing::warn!(%error, "old rows of once, inbox and outbox could not be deleted");
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// A transaction for a few rows, so that no caller waits long for the writer.
async fn clean(db: &Db, now: DateTime<Utc>) -> Result<()> {
    for habit in HABITS {
        while some(db, habit, now).await? == db::MOST_PRUNED {}
    }
    Ok(())
}

async fn some(db: &Db, habit: Clean, now: DateTime<Utc>) -> Result<u64> {
    let mut tx = db.write().await?;
    let deleted = habit(&mut tx, now).await?;
    tx.commit().await?;
    Ok(deleted)
}

async fn outbox(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    db::prune(tx, "outbox", "delivered_time", now - KEPT).await
}
