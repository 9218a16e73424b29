//! What operators see of bulk runs.

use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use platform::db::{self, Tx};
use platform::telemetry::{Figure, LEASES};

use super::bulk_runs::AT_WORK;

/// Reads only runs that have work.
pub fn read(tx: &mut Tx, now: DateTime<Utc>) -> BoxFuture<'_, db::Result<Vec<Figure>>> {
    async move {
        let runs = AT_WORK.held(tx, now).await?;
        let lease = |state, count| Figure::count(&LEASES, Some(("state", state)), count);
        Ok(vec![lease("held", runs.held), lease("expired", runs.expired)])
    }
    .boxed()
}
