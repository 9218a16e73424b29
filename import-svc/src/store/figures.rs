//! What operators see of imports.

use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use platform::db::{self, Tx};
use platform::telemetry::{Figure, Kind, LEASES};

use super::imports::{TO_APPLY, TO_VALIDATE};
use crate::domain::import::State;

const IMPORTS: Kind = Kind { name: "roster.imports", about: "Imports that are kept, by state.", unit: "" };

/// States are counted by their index.
pub fn read(tx: &mut Tx, now: DateTime<Utc>) -> BoxFuture<'_, db::Result<Vec<Figure>>> {
    async move {
        let mut figures = states(tx).await?;
        let (read, applied) = (TO_VALIDATE.held(tx, now).await?, TO_APPLY.held(tx, now).await?);
        let lease = |state, count| Figure::count(&LEASES, Some(("state", state)), count);
        figures.push(lease("held", read.held + applied.held));
        figures.push(lease("expired", read.expired + applied.expired));
        Ok(figures)
    }
    .boxed()
}

async fn states(tx: &mut Tx) -> db::Result<Vec<Figure>> {
    let counted = tx
        .query("SELECT state, count(*) AS n FROM imports GROUP BY state")
        .all(|row| Ok((row.get::<String>("state")?, row.get::<i64>("n")?)))
        .await?;
    let count = |state: &State| {
        let found = counted.iter().find(|(name, _)| name == state.as_str());
        Figure::count(&IMPORTS, Some(("state", state.as_str())), found.map_or(0, |(_, count)| *count))
    };
    Ok(State::ALL.iter().map(count).collect())
}
