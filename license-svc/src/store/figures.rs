//! What operators see of pools and of work.

use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use platform::db::{self, Tx};
use platform::telemetry::{Figure, Kind, LEASES};

use super::{announcements, purchases};

const SEATS: Kind =
    Kind { name: "roster.seats", about: "Seats of all pools: purchased = held + reserved + free.", unit: "" };
const OVER: Kind = Kind {
    name: "roster.pools.over.allocated",
    about: "Pools with more seats held than were purchased.",
    unit: "",
};

/// A pool is a row for each organization and product, so all of them are few beside people and seats.
pub fn read(tx: &mut Tx, now: DateTime<Utc>) -> BoxFuture<'_, db::Result<Vec<Figure>>> {
    async move {
        let mut figures = pools(tx).await?;
        let (told, mapped) =
            (announcements::LEASES.held(tx, now).await?, purchases::MAPPINGS.held(tx, now).await?);
        let lease = |state, count| Figure::count(&LEASES, Some(("state", state)), count);
        figures.push(lease("held", told.held + mapped.held));
        figures.push(lease("expired", told.expired + mapped.expired));
        Ok(figures)
    }
    .boxed()
}

async fn pools(tx: &mut Tx) -> db::Result<Vec<Figure>> {
    tx.query(
        "SELECT CAST(coalesce(sum(purchased), 0) AS BIGINT) AS purchased,
             CAST(coalesce(sum(held), 0) AS BIGINT) AS held,
             CAST(coalesce(sum(reserved), 0) AS BIGINT) AS reserved,
             CAST(coalesce(sum(CASE WHEN over_allocated THEN 0 ELSE purchased - held - reserved END), 0) AS BIGINT) AS free,
             count(CASE WHEN over_allocated THEN 1 END) AS beyond
         FROM pools",
    )
    .one(|row| {
        let seats = |state: &'static str| -> db::Result<Figure> {
            Ok(Figure::count(&SEATS, Some(("state", state)), row.get(state)?))
        };
        let over = Figure::count(&OVER, None, row.get("beyond")?);
        Ok(vec![seats("purchased")?, seats("held")?, seats("reserved")?, seats("free")?, over])
    })
    .await
}
