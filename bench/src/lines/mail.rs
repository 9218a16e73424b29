//! Mails to a server that delays its acknowledgements, beside a bare client.

use std::time::Duration;

use anyhow::ensure;
use serde_json::json;

use super::micros;
use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::installation::Running;
use crate::harness::lab::{Engine, Lab};
use crate::harness::turns::{Round, turns};
use crate::harness::world::World;
use crate::limits::{sink::Sink, smtp};

/// A seventh of the people of a world of 10,000.
const FILTER: &str = "mail3.example";
const MESSAGES: usize = 2_000;

pub async fn measure(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let world = World::make(lab, Engine::Sqlite, 10_000).await?;
    let (sink, port) = Sink::open().await?;
    let port_text = port.to_string();
    let settings = [
        "--notify-delivery",
        "smtp",
        "--notify-smtp-port",
        &port_text,
        "--notify-smtp-security",
        "none",
        "--identity-send-cooldown",
        "1ms",
    ];
    let running = world.installation.start(&settings).await?;
    let ours = |_| send(&world, &running, &sink);
    let limit = |_| async { Ok(Round::of(smtp::per_second(port, MESSAGES, 4_000).await?)) };
    let both = turns(lab.rounds, ours, limit).await?;
    let (ours, limit) = (Amount(both.ours.value, "/s"), Amount(both.limit.value, "/s"));
    let note = "from the first mail to the last of a bulk run; events, queue and rendering included";
    Ok(vec![Figure::ratio("mail", ours, limit, Bounds::at_least(0.3, 0.8)).cpu(both.ours.cpu).note(note)])
}

async fn send(world: &World, running: &Running, sink: &Sink) -> anyhow::Result<Round> {
    let mut http = running.connect(&world.installation.key).await?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (before, began) = (sink.count(), running.cpu()?);
    let path = world.installation.path("/users:sendActivationEmails");
    let run = http.post(&path, &json!({"filter": FILTER})).await?;
    let selected = run["total"].as_u64().or(run["totalCount"].as_u64()).unwrap_or_default() as usize;
    ensure!(selected > 100, "too few are selected: {run}");
    let rate = sink.rate(before, selected).await?;
    Ok(Round { value: rate, cpu: micros(running.cpu()? - began, selected) })
}
