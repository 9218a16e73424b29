//! Forgetting what the durable habits no longer need.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::KEPT;
use crate::{
    clock::Clock,
    db::{Db, Result, Tx},
    inbox, once,
};

const EVERY: Duration = Duration::from_secs(3600);

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

/// A transaction for each table, so that no caller waits long for the writer.
async fn clean(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let mut tx = db.write().await?;
    once::clean(&mut tx, now).await?;
    tx.commit().await?;
    let mut tx = db.write().await?;
    inbox::clean(&mut tx, now).await?;
    tx.commit().await?;
    let mut tx = db.write().await?;
    outbox(&mut tx, now).await?;
    tx.commit().await
}

async fn outbox(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM outbox WHERE delivered_time <= $1").bind(now - KEPT).execute().await
}
