//! Memory of the process: at rest, and while a million people come in.

use std::time::Duration;

use anyhow::ensure;

use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::installation::Installation;
use crate::harness::lab::{Engine, Lab};
use crate::harness::people;
use crate::harness::process;
use crate::harness::world::{Owner, count};

const ROWS: usize = 1_000_000;

pub async fn idle(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let world = lab.world(Engine::Sqlite, 10_000).await?;
    let running = world.installation.start(&[]).await?;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let (now, _) = process::memory(running.id())?;
    Ok(vec![Figure::absolute("idle_memory", Amount(now, "MiB"), Bounds::at_most(120.0, 50.0))])
}

pub async fn import(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let installation = Installation::new(lab, Engine::Sqlite).await?;
    let running = installation.start(&[]).await?;
    let mut owner = Owner::at(&installation, &running).await?;
    let uploaded = owner.upload("LOCATION_USERS", people::location_users(0, ROWS)).await?;
    let (seconds, done) = owner.apply(&uploaded.name).await?;
    ensure!(count(&done, "new") as usize == ROWS, "not all came in: {done}");
    let (_, peak) = process::memory(running.id())?;
    let note = format!("1 M rows: {:.0} s validated, {seconds:.0} s applied", uploaded.validated);
    Ok(vec![Figure::absolute("import_memory", Amount(peak, "MiB"), Bounds::at_most(400.0, 200.0)).note(note)])
}
