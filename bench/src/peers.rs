//! Other people's programs beside ours: the same machine and the same run, not the same work.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::cli;
use crate::harness::figure::short;
use crate::harness::http::{Http, holds};
use crate::harness::lab::{Engine, Lab};
use crate::harness::load::{Until, closed};
use crate::harness::people;
use crate::harness::process;
use crate::harness::world::{Owner, World, count};
use crate::limits::postgres;
use crate::lines::lists;
use crate::table;

const CLIENTS: usize = 32;
const ROUND: Duration = Duration::from_secs(5);
const ROWS: usize = 5_000;

/// A line of the table.
struct Compared {
    what: &'static str,
    ours: f64,
    peer: String,
    theirs: f64,
}

/// Ours, then theirs.
pub async fn run(settings: cli::Peers) -> anyhow::Result<ExitCode> {
    let lab = Lab::new(&settings.site, 1)?;
    let on_postgres = lab.world(Engine::Postgres, 10_000).await?;
    let (created, listed) = ours(&on_postgres).await?;
    let on_sqlite = lab.world(Engine::Sqlite, 10_000).await?;
    let imported = ours_imported(&on_sqlite).await?;
    let better_auth = better_auth(&lab, &settings).await?;
    let django = django(&settings).await?;
    let number = |said: &Value, name: &str| said[name].as_f64().with_context(|| format!("no {name}: {said}"));
    let auth = format!("better-auth {}", better_auth["version"].as_str().unwrap_or_default());
    let files = format!("django-import-export {}", django["version"].as_str().unwrap_or_default());
    let lines = [
        Compared {
            what: "create user, a second",
            ours: created,
            peer: format!("{auth}, addMember"),
            theirs: number(&better_auth, "create")?,
        },
        Compared {
            what: "list 50 users, a second",
            ours: listed,
            peer: format!("{auth}, listMembers"),
            theirs: number(&better_auth, "list")?,
        },
        Compared {
            what: "import, rows a second",
            ours: imported,
            peer: files,
            theirs: number(&django, "import")?,
        },
    ];
    let mut text = format!(
        "{}, load {}; PostgreSQL for users, SQLite for the import, on both sides.\n\n",
        process::machine(),
        process::load()
    );
    text.push_str("| what | Roster | peer | theirs |\n|---|---|---|---|\n");
    for Compared { what, ours, peer, theirs } in lines {
        text.push_str(&format!("| {what} | {} | {peer} | {} |\n", short(ours), short(theirs)));
    }
    println!("{text}");
    if let Some(page) = &settings.site.write {
        table::put(page, "peers", &text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Users made, and pages of 50 read, a second, through HTTP.
async fn ours(world: &World) -> anyhow::Result<(f64, f64)> {
    let running = world.installation.start(&[]).await?;
    let key = Some(world.installation.key.as_str());
    let pages = std::sync::Arc::new(lists::pages(world, &running).await?);
    let path = world.installation.path("/users");
    let clients = Http::many(CLIENTS, &running.address, key).await?;
    let created = closed(clients, Until::Time(ROUND), move |mut http, number| {
        let path = path.clone();
        async move {
            let email = format!("peer.{number}@mail.example");
            let body = json!({"user": {"email": email, "givenName": "Some", "familyName": "Body"},
                "onboarding": "ONBOARDING_PENDING_MANUAL"});
            holds(&http.push(&path, &body).await?, &email)?;
            Ok(http)
        }
    })
    .await?
    .rate();
    let clients = Http::many(CLIENTS, &running.address, key).await?;
    let listed = closed(clients, Until::Time(ROUND), move |mut http, number| {
        let path = pages[number % pages.len()].clone();
        async move {
            holds(&http.fetch(&path).await?, "\"users\":[")?;
            Ok(http)
        }
    })
    .await?
    .rate();
    running.stop().await?;
    Ok((created, listed))
}

/// Rows a second, from the upload to the last outcome.
async fn ours_imported(world: &World) -> anyhow::Result<f64> {
    let running = world.installation.start(&[]).await?;
    let mut owner = Owner::at(&world.installation, &running).await?;
    let file = people::plain_addresses(&people::location_users(world.users * 10, ROWS));
    let uploaded = owner.upload("LOCATION_USERS", file).await?;
    let (seconds, done) = owner.apply(&uploaded.name).await?;
    ensure!(count(&done, "new") as usize == ROWS, "not all came in: {done}");
    running.stop().await?;
    Ok(ROWS as f64 / (uploaded.validated + seconds))
}

/// Prints `{version, create, list}`.
async fn better_auth(lab: &Lab, settings: &cli::Peers) -> anyhow::Result<Value> {
    let url = postgres::empty_database(&lab.postgres).await?;
    let mut command = Command::new("node");
    command.current_dir(settings.folder.join("better-auth")).arg("measure.mjs").arg(url);
    said(command).await
}

/// Prints `{version, import}`.
async fn django(settings: &cli::Peers) -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("people.csv");
    tokio::fs::write(&file, people::plain_addresses(&people::location_users(0, ROWS))).await?;
    let mut command = Command::new(&settings.python);
    command.current_dir(settings.folder.join("django")).arg("measure.py").arg(&file).arg(folder.path());
    said(command).await
}

async fn said(mut command: Command) -> anyhow::Result<Value> {
    let output = command.kill_on_drop(true).output().await.with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).with_context(|| format!("{command:?} said {text}"))
}
