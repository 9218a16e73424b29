//! Files of people, from upload to outcome.

use anyhow::ensure;
use tokio::sync::Mutex;

use super::micros;
use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::installation::Running;
use crate::harness::lab::{Engine, Lab};
use crate::harness::load::below;
use crate::harness::people;
use crate::harness::turns::{Both, Round, turns};
use crate::harness::world::{Owner, World, count};
use crate::limits::{csv, postgres, sqlite};

const FILE: usize = 100_000;
const CHUNK: usize = 20_000;
const SAME: usize = 50_000;

/// Reading, checking, looking up in the directory and writing the plan, beside reading and checking.
pub async fn validate(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let world = lab.world(Engine::Sqlite, FILE).await?;
    let running = world.installation.start(&[]).await?;
    // Half of them are there already, half are new.
    let file = people::location_users(FILE / 2, FILE);
    let ours = |_| async {
        let mut owner = Owner::at(&world.installation, &running).await?;
        let began = running.cpu()?;
        let uploaded = owner.upload("LOCATION_USERS", file.clone()).await?;
        let cpu = micros(running.cpu()? - began, FILE);
        let (new, errors) = (count(&uploaded.import, "new"), count(&uploaded.import, "errors"));
        ensure!(new as usize == FILE / 2 && errors == 0, "a wrong plan: {}", uploaded.import);
        owner.cancel(&uploaded.name).await?;
        Ok(Round { value: FILE as f64 / uploaded.validated, cpu })
    };
    let limit = |_| async { Ok(Round::of(csv::rows_per_second(&file, FILE)?)) };
    let both = turns(lab.rounds, ours, limit).await?;
    below(both.limit.value, both.ours.value)?;
    Ok(vec![figure("import_validate", both, Bounds::at_least(0.06, 0.3)).note("CPU a row")])
}

/// Users, licences, events and outcomes of new people, beside the bulk load of the users alone.
pub async fn apply(lab: &Lab, engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let world = World::make(lab, engine, 10_000).await?;
    let running = world.installation.start(&[]).await?;
    world.installation.buy(&running, CHUNK * (lab.rounds + 1)).await?;
    let bulk = Mutex::new(Bulk::of(lab, &world, CHUNK).await?);
    let ours = |round: usize| applied(&world, &running, (round + 100) * CHUNK);
    let limit = |_| async { Ok(Round::of(bulk.lock().await.load().await?)) };
    let both = turns(lab.rounds, ours, limit).await?;
    let name = if engine == Engine::Postgres { "import_apply_pg" } else { "import_apply_sqlite" };
    Ok(vec![figure(name, both, Bounds::at_least(0.10, 0.35)).note("CPU a row")])
}

/// A file whose people are all there unchanged, beside writing them all over themselves.
pub async fn unchanged(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let world = lab.world(engine, 100_000).await?;
        let running = world.installation.start(&[]).await?;
        let bulk = Mutex::new(Bulk::of(lab, &world, SAME).await?);
        bulk.lock().await.load().await?;
        let ours = |_| same(&world, &running);
        let limit = |_| async { Ok(Round::of(bulk.lock().await.upsert().await?)) };
        let both = turns(lab.rounds, ours, limit).await?;
        let name = format!("reimport_unchanged{}", engine.suffix());
        figures.push(figure(&name, both, Bounds::at_least(1.5, 3.0)).note("CPU a row"));
        running.stop().await?;
    }
    Ok(figures)
}

fn figure(name: &str, both: Both, bounds: Bounds) -> Figure {
    let (ours, limit) = (Amount(both.ours.value, "rows/s"), Amount(both.limit.value, "rows/s"));
    Figure::ratio(name, ours, limit, bounds).cpu(both.ours.cpu)
}

async fn applied(world: &World, running: &Running, from: usize) -> anyhow::Result<Round> {
    let mut owner = Owner::at(&world.installation, running).await?;
    let uploaded = owner.upload("LICENSE_INVITE", people::license_invite(from, CHUNK)).await?;
    let began = running.cpu()?;
    let (seconds, done) = owner.apply(&uploaded.name).await?;
    ensure!(count(&done, "new") as usize == CHUNK, "not all came in: {done}");
    let cpu = micros(running.cpu()? - began, CHUNK);
    Ok(Round { value: CHUNK as f64 / seconds, cpu })
}

async fn same(world: &World, running: &Running) -> anyhow::Result<Round> {
    let mut owner = Owner::at(&world.installation, running).await?;
    let uploaded = owner.upload("LOCATION_USERS", people::location_users(0, SAME)).await?;
    ensure!(count(&uploaded.import, "unchanged") as usize == SAME, "a wrong plan: {}", uploaded.import);
    let began = running.cpu()?;
    let (seconds, done) = owner.apply(&uploaded.name).await?;
    ensure!(count(&done, "unchanged") as usize == SAME, "a wrong outcome: {done}");
    let cpu = micros(running.cpu()? - began, SAME);
    Ok(Round { value: SAME as f64 / seconds, cpu })
}

/// Either engine's own bulk load, with the newest rows of a world.
enum Bulk {
    Postgres { users: postgres::Users, data: Vec<u8>, rows: usize },
    Sqlite { copy: sqlite::Copy, data: sqlite::Rows },
}

impl Bulk {
    async fn of(lab: &Lab, world: &World, rows: usize) -> anyhow::Result<Self> {
        let rows = rows.min(world.users);
        if let Some(url) = world.installation.database("identity") {
            let users = postgres::Users::copy(&url, 4).await?;
            let data = users.rows(rows).await?;
            return Ok(Self::Postgres { users, data, rows });
        }
        let database = world.installation.data.join("identity.db");
        let file = lab.folder().join(format!("limit-{}.db", lab.number()));
        let copy = sqlite::Copy::of(&database, "users", &file)?;
        let data = copy.rows(&database, rows)?;
        Ok(Self::Sqlite { copy, data })
    }

    async fn load(&mut self) -> anyhow::Result<f64> {
        match self {
            Self::Postgres { users, data, rows } => users.load(data, *rows).await,
            Self::Sqlite { copy, data } => tokio::task::block_in_place(|| copy.load(data)),
        }
    }

    async fn upsert(&mut self) -> anyhow::Result<f64> {
        match self {
            Self::Postgres { users, data, rows } => users.upsert(data, *rows).await,
            Self::Sqlite { copy, data } => tokio::task::block_in_place(|| copy.upsert(data)),
        }
    }
}
