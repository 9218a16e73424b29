//! 32 clients that want seats of one pool, beside the transaction of four statements.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::ensure;
use serde_json::json;
use uuid::Uuid;

use super::micros;
use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::http::{Http, holds};
use crate::harness::installation::Running;
use crate::harness::lab::{Engine, Lab};
use crate::harness::load::{Until, closed};
use crate::harness::turns::{Both, Round, turns};
use crate::harness::world::World;
use crate::limits::{postgres, sqlite};

const CLIENTS: usize = 32;
const ROUND: Duration = Duration::from_secs(2);
const USERS: usize = 100_000;

pub async fn measure(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let bounds = Bounds::at_least(2.0, 20.0);
    let figure = |name: &str, both: Both| {
        let (ours, limit) = (Amount(both.ours.value, "/s"), Amount(both.limit.value, "/s"));
        Figure::ratio(name, ours, limit, bounds).cpu(both.ours.cpu)
    };
    let on_postgres = both(lab, Engine::Postgres).await?;
    let on_sqlite = both(lab, Engine::Sqlite).await?;
    let sqlite = Amount(on_sqlite.limit.value, "/s");
    Ok(vec![
        figure("seats_hot_pool", on_postgres).note("PostgreSQL, through HTTP"),
        Figure::shown("seats_hot_pool_sqlite", Amount(on_sqlite.ours.value, "/s"), Some(sqlite))
            .cpu(on_sqlite.ours.cpu),
    ])
}

async fn both(lab: &Lab, engine: Engine) -> anyhow::Result<Both> {
    let world = lab.world(engine, USERS).await?;
    let ids = match world.installation.database("identity") {
        Some(url) => postgres::Users::copy(&url, 2).await?.ids().await?,
        None => sqlite::ids(&world.installation.data.join("identity.db"))?,
    };
    let running = world.installation.start(&[]).await?;
    let (ids, next) = (Arc::new(ids), Arc::new(AtomicUsize::new(0)));
    let ours = |_| assign(&world, &running, ids.clone(), next.clone());
    match world.installation.database("license") {
        Some(url) => {
            let limit = |_| {
                let url = url.clone();
                async move { Ok(Round::of(postgres::four_statements(&url, CLIENTS, ROUND).await?)) }
            };
            turns(lab.rounds, ours, limit).await
        }
        None => {
            let license = world.installation.data.join("license.db");
            let limit = |_| {
                let file = lab.folder().join(format!("limit-{}.db", lab.number()));
                let rate = || sqlite::four_statements(&license, &file, CLIENTS, ROUND);
                let rate = tokio::task::block_in_place(rate);
                async move { rate.map(Round::of) }
            };
            turns(lab.rounds, ours, limit).await
        }
    }
}

/// Each call wants a seat for somebody who has none.
async fn assign(
    world: &World,
    running: &Running,
    ids: Arc<Vec<Uuid>>,
    next: Arc<AtomicUsize>,
) -> anyhow::Result<Round> {
    let clients = Http::many(CLIENTS, &running.address, Some(&world.installation.key)).await?;
    let pool = world.installation.path("/pools/meet/seats/");
    let calls = ids.len() / 8;
    let began = running.cpu()?;
    let measured = closed(clients, Until::Calls(calls), move |mut http, _| {
        let user = ids.get(next.fetch_add(1, Ordering::Relaxed)).copied();
        let pool = pool.clone();
        async move {
            ensure!(user.is_some(), "there are no more users");
            let path = format!("{pool}{}:assign", user.unwrap_or_default());
            holds(&http.push(&path, &json!({})).await?, "\"held\":true")?;
            Ok(http)
        }
    })
    .await?;
    let cpu = micros(running.cpu()? - began, measured.calls);
    Ok(Round { value: measured.rate(), cpu })
}
