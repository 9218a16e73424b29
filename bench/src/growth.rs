//! How list, search, check and import grow with the directory: a table and a picture.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use serde_json::json;

use crate::cli;
use crate::harness::figure::short;
use crate::harness::http::{Http, holds};
use crate::harness::installation::Running;
use crate::harness::lab::{Engine, Lab};
use crate::harness::load::paced;
use crate::harness::people;
use crate::harness::process;
use crate::harness::turns::median;
use crate::harness::world::{Owner, World, count};
use crate::limits::{postgres, sqlite};
use crate::lines::lists;
use crate::picture::{self, Series};
use crate::table;

const ROWS: usize = 10_000;
const ROUNDS: usize = 5;

/// What was measured among so many users.
struct Among {
    users: usize,
    list: f64,
    search: f64,
    check: f64,
    import: f64,
}

/// Measures each size on both engines.
pub async fn run(settings: cli::Growth) -> anyhow::Result<ExitCode> {
    let lab = Lab::new(&settings.site, ROUNDS)?;
    let mut text = format!("{}, load {}.\n\n", process::machine(), process::load());
    text.push_str(
        "| engine | users | list p99 | search p99 | check p99 | import |\n|---|---|---|---|---|---|\n",
    );
    let mut series = Vec::new();
    for (engine, name) in [(Engine::Sqlite, "SQLite"), (Engine::Postgres, "PostgreSQL")] {
        let mut measured = Vec::new();
        for &size in &settings.sizes {
            let among = measure(&lab, engine, size).await?;
            let row = row(name, &among);
            println!("{row}");
            text.push_str(&format!("{row}\n"));
            measured.push(among);
        }
        series.extend(lines(name, &measured));
    }
    if let Some(page) = &settings.site.write {
        let picture = page.parent().unwrap_or(Path::new(".")).join("pictures/growth.svg");
        std::fs::write(picture, picture::draw(&series))?;
        text.push_str("\n![Growth of list, search, check and import](pictures/growth.svg)\n");
        table::put(page, "growth", &text)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(engine: &str, among: &Among) -> String {
    let Among { users, list, search, check, import } = among;
    let ms = |value: &f64| format!("{} ms", short(*value));
    let (list, search, check) = (ms(list), ms(search), ms(check));
    format!("| {engine} | {users} | {list} | {search} | {check} | {} rows/s |", short(*import))
}

fn lines(engine: &str, measured: &[Among]) -> Vec<Series> {
    let line = |name: &str, unit, pick: fn(&Among) -> f64| Series {
        name: format!("{name}, {engine}"),
        unit,
        points: measured.iter().map(|among| (among.users as f64, pick(among))).collect(),
    };
    vec![
        line("list p99", "ms", |among| among.list),
        line("search p99", "ms", |among| among.search),
        line("check p99", "ms", |among| among.check),
        line("import", "rows/s", |among| among.import),
    ]
}

async fn measure(lab: &Lab, engine: Engine, users: usize) -> anyhow::Result<Among> {
    let world = lab.world(engine, users).await?;
    let running = world.installation.start(&[]).await?;
    let (pages, words) = (lists::pages(&world, &running).await?, lists::searches(&world, 100));
    lists::known(&world, &running, &words).await?;
    let (pages, words) = (Arc::new(pages), Arc::new(words));
    let people = Arc::new(people(&world).await?);
    let (mut list, mut search, mut check, mut import) = (vec![], vec![], vec![], vec![]);
    for round in 0..=ROUNDS {
        let paged =
            lists::get(&world, &running, pages.clone(), (Duration::from_millis(5), 200, 50)).await?.value;
        let found =
            lists::get(&world, &running, words.clone(), (Duration::from_millis(20), 100, 1)).await?.value;
        let checked = checks(&world, &running, people.clone()).await?;
        if round > 0 {
            list.push(paged);
            search.push(found);
            check.push(checked);
        }
    }
    // Behind the others, because the directory grows by them.
    for round in 0..=ROUNDS {
        let imported = imports(&world, &running, users + round * ROWS).await?;
        if round > 0 {
            import.push(imported);
        }
    }
    running.stop().await?;
    let (list, search, check, import) = (median(list), median(search), median(check), median(import));
    Ok(Among { users, list, search, check, import })
}

/// Paths that ask about people spread over the directory.
async fn people(world: &World) -> anyhow::Result<Vec<String>> {
    let installation = &world.installation;
    let ids = match installation.database("identity") {
        Some(url) => postgres::Users::copy(&url, 2).await?.ids().await?,
        None => sqlite::ids(&installation.data.join("identity.db"))?,
    };
    let step = (ids.len() / 1_000).max(1);
    let path = |id| installation.path(&format!("/users/{id}:checkEntitlement"));
    Ok(ids.iter().step_by(step).map(path).collect())
}

/// The p99 of 200 questions a second, milliseconds.
async fn checks(world: &World, running: &Running, people: Arc<Vec<String>>) -> anyhow::Result<f64> {
    let clients = Http::many(8, &running.address, Some(&world.installation.key)).await?;
    let mut measured = paced(clients, Duration::from_millis(5), 200, move |mut http, number| {
        let path = people[number.wrapping_mul(61) % people.len()].clone();
        async move {
            holds(&http.push(&path, &json!({"product": "meet"})).await?, "\"entitled\"")?;
            Ok(http)
        }
    })
    .await?;
    Ok(measured.p99())
}

/// Rows a second of a file of new people, read and carried out.
async fn imports(world: &World, running: &Running, from: usize) -> anyhow::Result<f64> {
    let mut owner = Owner::at(&world.installation, running).await?;
    let uploaded = owner.upload("LOCATION_USERS", people::location_users(from, ROWS)).await?;
    let (seconds, done) = owner.apply(&uploaded.name).await?;
    ensure!(count(&done, "new") as usize == ROWS, "not all came in: {done}");
    Ok(ROWS as f64 / (uploaded.validated + seconds))
}
