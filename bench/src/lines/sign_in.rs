//! Sign-ins beside bare hashes, and what everybody else feels of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{bail, ensure};
use bytes::Bytes;
use serde_json::json;

use super::micros;
use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::http::{Http, holds};
use crate::harness::installation::{OWNER, PASSWORD, Running};
use crate::harness::lab::{Engine, Lab};
use crate::harness::load::{Until, below, closed, paced};
use crate::harness::turns::{Round, turns};
use crate::harness::world::World;
use crate::limits::{hash, sqlite};

const CLIENTS: usize = 8;
/// As many as the queue before the hashes takes.
const FLOOD: usize = 60;
const ROUND: Duration = Duration::from_secs(2);

pub async fn rate(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let world = lab.world(Engine::Sqlite, 10_000).await?;
    let running = world.installation.start(&[]).await?;
    let ours = |_| async {
        let clients = Http::many(CLIENTS, &running.address, None).await?;
        let began = running.cpu()?;
        let measured = closed(clients, Until::Time(ROUND), |http, _| sign_in(http)).await?;
        let cpu = micros(running.cpu()? - began, measured.calls);
        Ok(Round { value: measured.rate(), cpu })
    };
    let limit = |_| async { Ok(Round::of(tokio::task::block_in_place(|| hash::per_second(ROUND))?)) };
    let both = turns(lab.rounds, ours, limit).await?;
    below(both.limit.value, both.ours.value)?;
    let (ours, limit) = (Amount(both.ours.value, "/s"), Amount(both.limit.value, "/s"));
    Ok(vec![Figure::ratio("sign_in", ours, limit, Bounds::at_least(0.6, 0.9)).cpu(both.ours.cpu)])
}

pub async fn flood(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let world = lab.world(Engine::Sqlite, 10_000).await?;
    let running = world.installation.start(&[]).await?;
    let ids = sqlite::ids(&world.installation.data.join("identity.db"))?;
    let paths: Vec<String> = ids.iter().map(|id| world.installation.path(&format!("/users/{id}"))).collect();
    let paths = Arc::new(paths);
    let flooded = |_| flooded(&world, &running, paths.clone());
    let quiet = |_| look(&world, &running, paths.clone());
    let both = turns(lab.rounds, flooded, quiet).await?;
    let (ours, limit) = (Amount(both.ours.value, "ms"), Amount(both.limit.value, "ms"));
    Ok(vec![
        Figure::ratio("sign_in_flood", ours, limit, Bounds::at_most(5.0, 2.0))
            .note(format!("p99 of GetUser, 500 a second, beside {FLOOD} waiting sign-ins")),
    ])
}

async fn flooded(world: &World, running: &Running, paths: Arc<Vec<String>>) -> anyhow::Result<Round> {
    let clients = Http::many(FLOOD, &running.address, None).await?;
    let signed_in = Arc::new(AtomicUsize::new(0));
    let counted = signed_in.clone();
    let flood = closed(clients, Until::Time(Duration::from_secs(60)), move |http, _| {
        let counted = counted.clone();
        async move {
            let http = sign_in(http).await?;
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(http)
        }
    });
    let round = tokio::select! {
        round = look(world, running, paths) => round?,
        flood = flood => bail!("the flood ended first: {:?}", flood.map(|it| it.calls)),
    };
    let signed_in = signed_in.load(Ordering::Relaxed);
    ensure!(signed_in > FLOOD / 2, "{signed_in} sign-ins are no flood");
    Ok(round)
}

async fn look(world: &World, running: &Running, paths: Arc<Vec<String>>) -> anyhow::Result<Round> {
    let clients = Http::many(16, &running.address, Some(&world.installation.key)).await?;
    let mut measured = paced(clients, Duration::from_millis(2), 1_000, move |mut http, number| {
        let path = paths[number.wrapping_mul(7919) % paths.len()].clone();
        async move {
            holds(&http.fetch(&path).await?, "\"email\"")?;
            Ok(http)
        }
    })
    .await?;
    Ok(Round::of(measured.p99()))
}

async fn sign_in(mut http: Http) -> anyhow::Result<Http> {
    let body: Bytes = json!({"email": OWNER, "password": PASSWORD}).to_string().into();
    let (status, answer) = http.send("POST", "/v1/sessions", "application/json", body).await?;
    ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&answer));
    holds(&answer, "sessionToken")?;
    Ok(http)
}
