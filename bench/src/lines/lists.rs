//! Pages and searches of users, called at a steady pace: what a person waits for.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use serde_json::Value;
use uuid::Uuid;

use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::http::Http;
use crate::harness::installation::Running;
use crate::harness::lab::{Engine, Lab};
use crate::harness::load::paced;
use crate::harness::people;
use crate::harness::turns::{Round, median, turns};
use crate::harness::world::World;
use crate::limits::postgres;

const USERS: usize = 100_000;
const FEWER: usize = 10_000;
const CLIENTS: usize = 8;
/// Once in each user of an answer.
const MARK: &[u8] = b"\"email\":";
/// 200 pages a second.
const PAUSE: Duration = Duration::from_millis(5);
/// 50 searches a second.
const SEARCH_PAUSE: Duration = Duration::from_millis(20);

pub async fn list(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let world = lab.world(Engine::Postgres, USERS).await?;
    let running = world.installation.start(&[]).await?;
    let pages = Arc::new(pages(&world, &running).await?);
    let url = world.installation.database("identity").unwrap_or_default();
    let users = postgres::Users::copy(&url, CLIENTS as u32).await?;
    let places = Arc::new(users.places(USERS as i64 / 10, 500).await?);
    let organization: Uuid = world.installation.organization.trim_start_matches("organizations/").parse()?;

    let ours = |_| get(&world, &running, pages.clone(), (PAUSE, 400, 50));
    let limit = |_| bare(&users, organization, places.clone());
    let both = turns(lab.rounds, ours, limit).await?;
    let (ours, limit) = (Amount(both.ours.value, "ms"), Amount(both.limit.value, "ms"));
    let note = "p99 of 200 pages a second, PostgreSQL";
    let mut figures = vec![Figure::ratio("list_users", ours, limit, Bounds::at_most(3.0, 1.5)).note(note)];
    running.stop().await?;
    let on_sqlite = alone(lab, Engine::Sqlite, USERS).await?;
    figures.push(Figure::shown("list_users_sqlite", Amount(on_sqlite, "ms"), Some(limit)));
    Ok(figures)
}

/// The p99 of pages without a limit beside them, milliseconds.
async fn alone(lab: &Lab, engine: Engine, size: usize) -> anyhow::Result<f64> {
    let world = lab.world(engine, size).await?;
    let running = world.installation.start(&[]).await?;
    let pages = Arc::new(pages(&world, &running).await?);
    let mut rounds = Vec::new();
    for _ in 0..lab.rounds {
        rounds.push(get(&world, &running, pages.clone(), (PAUSE, 400, 50)).await?.value);
    }
    running.stop().await?;
    Ok(median(rounds))
}

pub async fn search(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let (many, few) = (lab.world(engine, USERS).await?, lab.world(engine, FEWER).await?);
        let (running, beside) = (many.installation.start(&[]).await?, few.installation.start(&[]).await?);
        let words = |world: &World| Arc::new(searches(world, 100));
        let (wide, narrow) = (words(&many), words(&few));
        known(&many, &running, &wide).await?;
        known(&few, &beside, &narrow).await?;
        let ours = |_| get(&many, &running, wide.clone(), (SEARCH_PAUSE, 400, 1));
        let limit = |_| get(&few, &beside, narrow.clone(), (SEARCH_PAUSE, 400, 1));
        let both = turns(lab.rounds, ours, limit).await?;
        let (ours, limit) = (Amount(both.ours.value, "ms"), Amount(both.limit.value, "ms"));
        let name = format!("search_users{}", engine.suffix());
        let note = "p99 of 50 searches a second, the directory in memory";
        figures.push(Figure::absolute(&name, ours, Bounds::at_most(30.0, 8.0)).note(note));
        let growth = format!("{name}_growth");
        figures
            .push(Figure::ratio(&growth, ours, limit, Bounds::at_most(3.0, 1.3)).note("among 100 k ÷ 10 k"));
        running.stop().await?;
        beside.stop().await?;
    }
    Ok(figures)
}

/// One search after the other, while the texts of the directory are read into memory: those that come at a
/// pace before that pile up, and are not what is measured.
pub async fn known(world: &World, running: &Running, searches: &[String]) -> anyhow::Result<()> {
    let mut http = running.connect(&world.installation.key).await?;
    for path in searches {
        http.fetch(path).await?;
    }
    Ok(())
}

/// Requests for pages spread over the first tenth of the list.
pub async fn pages(world: &World, running: &Running) -> anyhow::Result<Vec<String>> {
    let mut http = running.connect(&world.installation.key).await?;
    let path = world.installation.path("/users?pageSize=50");
    let mut paths = Vec::new();
    let mut token = String::new();
    for _ in 0..(world.users / 500).min(200) {
        let page: Value = http.get(&format!("{path}&pageToken={token}")).await?;
        token = page["nextPageToken"].as_str().unwrap_or_default().to_owned();
        ensure!(!token.is_empty(), "a list of {} users ends early", world.users);
        paths.push(format!("{path}&pageToken={token}"));
    }
    Ok(paths)
}

/// What people type: a part of a family name, or a number from an address.
pub fn searches(world: &World, count: usize) -> Vec<String> {
    let word = |number: usize| {
        let person = number * 7919 % world.users;
        match number % 4 {
            // Four digits at least: shorter ones are in everybody's address.
            0 => (1_000 + person % (world.users - 1_000)).to_string(),
            _ => people::family(person).to_lowercase().chars().skip(1).take(6).collect(),
        }
    };
    let encoded = |word: String| word.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    (0..count)
        .map(|number| {
            world.installation.path(&format!("/users?pageSize=50&filter={}", encoded(word(number))))
        })
        .collect()
}

/// The p99 of these requests in turn, milliseconds. Each answer has 50 users, or `least` at least.
pub async fn get(
    world: &World,
    running: &Running,
    paths: Arc<Vec<String>>,
    (pause, calls, least): (Duration, usize, usize),
) -> anyhow::Result<Round> {
    let clients = Http::many(CLIENTS, &running.address, Some(&world.installation.key)).await?;
    let mut measured = paced(clients, pause, calls, move |mut http, number| {
        let path = paths[number.wrapping_mul(61) % paths.len()].clone();
        async move {
            let page = http.fetch(&path).await?;
            let users = page.windows(MARK.len()).filter(|window| *window == MARK).count();
            ensure!((least..=50).contains(&users), "{users} users: GET {path}");
            Ok(http)
        }
    })
    .await?;
    Ok(Round::of(measured.p99()))
}

async fn bare(
    users: &postgres::Users,
    organization: Uuid,
    places: Arc<Vec<(String, Uuid)>>,
) -> anyhow::Result<Round> {
    let clients = vec![users.pool.clone(); CLIENTS];
    let mut measured = paced(clients, PAUSE, 400, move |pool, number| {
        let place = places[number % places.len()].clone();
        async move {
            postgres::Users::page(&pool, organization, &place).await?;
            Ok(pool)
        }
    })
    .await?;
    Ok(Round::of(measured.p99()))
}
