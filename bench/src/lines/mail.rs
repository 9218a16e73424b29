//! Mails to a server that delays its acknowledgements, beside a bare client.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use serde_json::json;

use super::micros;
use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::installation::Running;
use crate::harness::lab::{Engine, Lab};
use crate::harness::turns::{Both, Round, turns};
use crate::harness::world::World;
use crate::limits::{sink::Sink, smtp, sqlite};

/// Everybody's address holds it.
const ALL: &str = "mail";
/// A seventh of the people.
const SOME: &str = "mail3.example";
const USERS: usize = 10_000;
const MESSAGES: usize = 2_000;

/// What is running.
struct Site {
    world: World,
    running: Running,
    sink: Sink,
    port: u16,
}

/// notify-svc works off a queue: all mails are in it before the first one leaves.
pub async fn queue(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let site = Site::open(lab).await?;
    let both = turns(lab.rounds, |_| site.filled(), |_| site.limit()).await?;
    let note = format!(
        "a queue of {USERS} mails, SQLite: rendered, sent, settled, and their fates told to identity-svc"
    );
    Ok(vec![figure("mail", &both, Some(Bounds::at_least(0.3, 0.8))).note(note)])
}

/// The whole way of a bulk run: links and events are made while the first mails leave.
pub async fn bulk(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let site = Site::open(lab).await?;
    let both = turns(lab.rounds, |_| site.run(SOME), |_| site.limit()).await?;
    let note = "SendActivationEmails, SQLite: links, events of two services, queue and rendering included; \
                from the first mail to the last";
    Ok(vec![figure("mail_bulk", &both, None).note(note)])
}

fn figure(name: &str, both: &Both, bounds: Option<Bounds>) -> Figure {
    let (ours, limit) = (Amount(both.ours.value, "/s"), Amount(both.limit.value, "/s"));
    let figure = match bounds {
        Some(bounds) => Figure::ratio(name, ours, limit, bounds),
        None => Figure::shown(name, ours, Some(limit)),
    };
    figure.cpu(both.ours.cpu)
}

impl Site {
    async fn open(lab: &Lab) -> anyhow::Result<Self> {
        let world = World::make(lab, Engine::Sqlite, USERS).await?;
        let (sink, port) = Sink::open().await?;
        let text = port.to_string();
        let settings = [
            "--notify-delivery",
            "smtp",
            "--notify-smtp-port",
            &text,
            "--notify-smtp-security",
            "none",
            "--identity-send-cooldown",
            "1ms",
        ];
        let running = world.installation.start(&settings).await?;
        Ok(Self { world, running, sink, port })
    }

    async fn limit(&self) -> anyhow::Result<Round> {
        Ok(Round::of(smtp::per_second(self.port, MESSAGES, 4_000).await?))
    }

    async fn run(&self, filter: &str) -> anyhow::Result<Round> {
        let (before, began) = (self.sink.count(), self.running.cpu()?);
        let selected = self.select(filter).await?;
        let rate = self.sink.rate(before, selected).await?;
        Ok(Round { value: rate, cpu: micros(self.running.cpu()? - began, selected) })
    }

    /// The server says nothing until the queue holds them all. The processor time is that of every step
    /// behind it, also of those that follow the last mail.
    async fn filled(&self) -> anyhow::Result<Round> {
        self.sink.set_open(false);
        let before = self.sink.count();
        let selected = self.select(ALL).await?;
        ensure!(selected == USERS, "{selected} of {USERS} are selected");
        self.rests("notify", QUEUED, selected).await?;
        self.rests("identity", UNDELIVERED, 0).await?;
        ensure!(self.sink.count() == before, "a mail left before the queue was full");
        let began = self.running.cpu()?;
        self.sink.set_open(true);
        let rate = self.sink.rate(before, selected).await?;
        self.rests("notify", QUEUED, 0).await?;
        self.rests("notify", UNDELIVERED, 0).await?;
        ensure!(self.sink.count() == before + selected, "a mail came twice");
        Ok(Round { value: rate, cpu: micros(self.running.cpu()? - began, selected) })
    }

    async fn select(&self, filter: &str) -> anyhow::Result<usize> {
        let mut http = self.running.connect(&self.world.installation.key).await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let path = self.world.installation.path("/users:sendActivationEmails");
        let run = http.post(&path, &json!({"filter": filter})).await?;
        let selected = run["total"].as_u64().or(run["totalCount"].as_u64()).unwrap_or_default() as usize;
        ensure!(selected > 100, "too few are selected: {run}");
        Ok(selected)
    }

    /// Waits until a count of a service's rows is so high.
    async fn rests(&self, service: &str, count: &str, wanted: usize) -> anyhow::Result<()> {
        let database = self.world.installation.data.join(format!("{service}.db"));
        let began = Instant::now();
        while rows(&database, count)? != wanted {
            if began.elapsed() > Duration::from_secs(60) {
                bail!("{count} is {} and not {wanted} after a minute", rows(&database, count)?);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

const QUEUED: &str = "SELECT count(*) FROM messages WHERE state = 'QUEUED'";
const UNDELIVERED: &str = "SELECT coalesce(sum(event_count), 0) FROM outbox WHERE delivered_time IS NULL";

fn rows(database: &Path, count: &str) -> anyhow::Result<usize> {
    tokio::task::block_in_place(|| sqlite::count(database, count))
}
