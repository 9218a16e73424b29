//! Users made one by one through HTTP by 32 clients, beside rows inserted one by one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::ensure;
use serde_json::json;

use super::micros;
use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::http::{Http, holds};
use crate::harness::installation::{Installation, Running};
use crate::harness::lab::{Engine, Lab};
use crate::harness::load::{Until, closed};
use crate::harness::turns::{Both, Round, turns};
use crate::harness::world::World;
use crate::limits::{postgres, sqlite};

const USERS: usize = 10_000;
const CLIENTS: usize = 32;
const ROUND: Duration = Duration::from_secs(2);

pub async fn measure(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let bounds = Bounds::at_least(0.15, 0.5);
    let figure = |name: &str, both: Both| {
        let (ours, limit) = (Amount(both.ours.value, "/s"), Amount(both.limit.value, "/s"));
        Figure::ratio(name, ours, limit, bounds).cpu(both.ours.cpu)
    };
    let on_postgres = figure("create_user", on_postgres(lab).await?).note("PostgreSQL");
    Ok(vec![on_postgres, figure("create_user_sqlite", on_sqlite(lab).await?)])
}

async fn on_postgres(lab: &Lab) -> anyhow::Result<Both> {
    let world = World::make(lab, Engine::Postgres, USERS).await?;
    let running = world.installation.start(&[]).await?;
    let url = world.installation.database("identity").unwrap_or_default();
    let users = postgres::Users::copy(&url, 32).await?;
    let made = AtomicUsize::new(0);
    let limit = |_| async { Ok(Round::of(users.insert_each(CLIENTS, Until::Time(ROUND)).await?)) };
    turns(lab.rounds, |_| ours(&world.installation, &running, &made), limit).await
}

async fn on_sqlite(lab: &Lab) -> anyhow::Result<Both> {
    let world = World::make(lab, Engine::Sqlite, USERS).await?;
    let running = world.installation.start(&[]).await?;
    let database = world.installation.data.join("identity.db");
    let file = lab.folder().join(format!("limit-{}.db", lab.number()));
    let mut copy = sqlite::Copy::of(&database, "users", &file)?;
    let rows = copy.rows(&database, 1)?;
    let made = AtomicUsize::new(0);
    let limit = |_| {
        let rate = tokio::task::block_in_place(|| copy.insert_each(&rows[0], ROUND));
        async move { rate.map(Round::of) }
    };
    turns(lab.rounds, |_| ours(&world.installation, &running, &made), limit).await
}

async fn ours(installation: &Installation, running: &Running, made: &AtomicUsize) -> anyhow::Result<Round> {
    let clients = Http::many(CLIENTS, &running.address, Some(&installation.key)).await?;
    let (path, first) = (installation.path("/users"), made.load(Ordering::Relaxed));
    let began = running.cpu()?;
    let measured = closed(clients, Until::Time(ROUND), move |mut http, number| {
        let path = path.clone();
        async move {
            let email = format!("new.{}.{}@mail.example", first, number);
            let user = json!({"email": email, "givenName": "Some", "familyName": "Body"});
            let body = json!({"user": user, "onboarding": "ONBOARDING_PENDING_MANUAL"});
            holds(&http.push(&path, &body).await?, &email)?;
            Ok(http)
        }
    })
    .await?;
    made.fetch_add(measured.calls, Ordering::Relaxed);
    ensure!(measured.calls > 0, "no user was made");
    let cpu = micros(running.cpu()? - began, measured.calls);
    Ok(Round { value: measured.rate(), cpu })
}
