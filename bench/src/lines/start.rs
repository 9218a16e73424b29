//! From the start of the process to `/readyz`, on a data folder that is there.

use std::time::{Duration, Instant};

use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::lab::{Engine, Lab};
use crate::harness::turns::median;

pub async fn measure(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let bounds = Bounds::at_most(1.0, 0.2);
    let sqlite = seconds(lab, Engine::Sqlite).await?;
    let postgres = seconds(lab, Engine::Postgres).await?;
    Ok(vec![
        Figure::absolute("start", Amount(sqlite, "s"), bounds).note("SQLite"),
        Figure::absolute("start_pg", Amount(postgres, "s"), bounds).note("PostgreSQL"),
    ])
}

async fn seconds(lab: &Lab, engine: Engine) -> anyhow::Result<f64> {
    let world = lab.world(engine, 10_000).await?;
    let mut rounds = Vec::new();
    for _ in 0..=lab.rounds {
        let began = Instant::now();
        let running = world.installation.start(&[]).await?;
        rounds.push(began.elapsed().as_secs_f64());
        // Ready comes a moment before the first signal is heard.
        tokio::time::sleep(Duration::from_millis(200)).await;
        running.stop().await?;
    }
    Ok(median(rounds.split_off(1)))
}
