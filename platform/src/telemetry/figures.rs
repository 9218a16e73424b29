//! Figures that only the database knows, read again and again.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Gauge, Meter};

use crate::clock::Clock;
use crate::db::{Db, Everyone, Result, Tx};
use crate::outbox;
use crate::serve::{Job, Process};

/// How often. Whoever scrapes reads what was found last, so scraping costs the database nothing.
const EVERY: Duration = Duration::from_secs(15);

/// Figures name no organization.
const SUMS: Everyone = Everyone("an operator sees sums over all organizations");

/// Who may be told of events.
const DESTINATIONS: [&str; 4] = ["identity", "license", "import", "notify"];

/// What a figure is.
#[derive(Debug)]
pub struct Kind {
    /// Its name, `roster.outbox.undelivered`.
    pub name: &'static str,
    /// One sentence for whoever reads `/metrics`.
    pub about: &'static str,
    /// `s` for seconds; empty for numbers of things.
    pub unit: &'static str,
}

/// A figure as it stands now. Labels are few and known: never a tenant, never a person.
#[derive(Debug)]
pub struct Figure {
    /// What it is.
    pub kind: &'static Kind,
    /// Which of several, `("state", "held")`.
    pub label: Option<(&'static str, &'static str)>,
    /// How much.
    pub value: f64,
}

/// Reads a service's own figures, at any time and with a million rows there: it counts by an index, and
/// not without end. The figures are the same ones each time, also those that are zero.
pub type Read = for<'t> fn(&'t mut Tx, DateTime<Utc>) -> BoxFuture<'t, Result<Vec<Figure>>>;

/// Rows that somebody works on; the label `state` is `held` or `expired`.
pub const LEASES: Kind = Kind {
    name: "roster.leases",
    about: "Rows that somebody works on (held), and whose worker has died (expired).",
    unit: "",
};

const UNDELIVERED: Kind = Kind {
    name: "roster.outbox.undelivered",
    about: "Events that wait for their delivery, 10,000 at most.",
    unit: "",
};
const OLDEST: Kind = Kind {
    name: "roster.outbox.oldest.age",
    about: "How long the oldest undelivered event has waited.",
    unit: "s",
};
const READ: Kind = Kind {
    name: "roster.figures.read.timestamp",
    about: "When the figures of the database were read last.",
    unit: "s",
};

impl Figure {
    /// A number of things.
    #[must_use]
    pub fn count(kind: &'static Kind, label: Option<(&'static str, &'static str)>, count: i64) -> Self {
        Self { kind, label, value: count as f64 }
    }
}

/// Keeps the figures of a service's database up to date: its outbox, its connections, and what `own`
/// reads beside them. In every `build` that has a database.
pub fn watch(process: &Process, service: &'static str, db: &Db, own: Read) {
    let meter = process.metrics.meter(service);
    connections(&meter, service, db);
    waits(&meter, service, db);
    let (db, clock) = (db.clone(), process.clock.clone());
    process.spawner.worker("figures", move |job| {
        let board = Board { meter: meter.clone(), service, gauges: BTreeMap::new() };
        keep(job, db.clone(), clock.clone(), board, own)
    });
}

async fn keep(job: Job, db: Db, clock: Clock, mut board: Board, own: Read) -> anyhow::Result<()> {
    loop {
        match read(&db, clock.now(), own).await {
            Ok(figures) => figures.into_iter().for_each(|figure| board.show(&figure)),
            // A database that is away is told of by whoever needs it; the figures' age tells of it too.
            Err(error) if error.is_unavailable() => {
                tracing::debug!(%error, "the database of the figures is away")
            }
            Err(error) => tracing::error!(%error, "the figures cannot be read"),
        }
        if !job.pause(EVERY).await {
            return Ok(());
        }
    }
}

async fn read(db: &Db, now: DateTime<Utc>, own: Read) -> Result<Vec<Figure>> {
    let mut tx = db.of(SUMS).read().await?;
    let mut figures = own(&mut tx, now).await?;
    for waiting in outbox::figures(&mut tx, &DESTINATIONS, now).await? {
        let label = Some(("destination", waiting.destination));
        figures.push(Figure::count(&UNDELIVERED, label, waiting.events));
        figures.push(Figure { kind: &OLDEST, label, value: waiting.oldest });
    }
    figures.push(Figure::count(&READ, None, now.timestamp()));
    Ok(figures)
}

/// The gauges of one service, made when a figure is shown first.
struct Board {
    meter: Meter,
    service: &'static str,
    gauges: BTreeMap<&'static str, Gauge<f64>>,
}

impl Board {
    fn show(&mut self, figure: &Figure) {
        let kind = figure.kind;
        let gauge = self.gauges.entry(kind.name).or_insert_with(|| {
            self.meter.f64_gauge(kind.name).with_description(kind.about).with_unit(kind.unit).build()
        });
        let mut labels = vec![KeyValue::new("service", self.service)];
        labels.extend(figure.label.map(|(key, value)| KeyValue::new(key, value)));
        gauge.record(figure.value, &labels);
    }
}

/// `roster_db_connections{state}`.
fn connections(meter: &Meter, service: &'static str, db: &Db) {
    let gauge = meter.u64_observable_gauge("roster.db.connections");
    let gauge = gauge.with_description("Connections to the database, in use and at rest.");
    let db = db.clone();
    gauge
        .with_callback(move |seen| {
            let pool = db.pool();
            for (state, count) in [("used", pool.used), ("idle", pool.idle)] {
                seen.observe(count, &[KeyValue::new("service", service), KeyValue::new("state", state)]);
            }
        })
        .build();
}

/// `roster_db_begin_seconds_total` and `roster_db_begun_total{outcome}`.
fn waits(meter: &Meter, service: &'static str, db: &Db) {
    let own = db.clone();
    let seconds = meter.f64_observable_counter("roster.db.begin").with_unit("s");
    let seconds = seconds.with_description("How long transactions waited for a connection and to begin.");
    seconds
        .with_callback(move |seen| {
            seen.observe(own.pool().waited, &[KeyValue::new("service", service)]);
        })
        .build();
    let own = db.clone();
    let counts = meter.u64_observable_counter("roster.db.begun");
    let counts = counts.with_description("Transactions that began, and that could not.");
    counts
        .with_callback(move |seen| {
            let pool = own.pool();
            for (outcome, count) in [("begun", pool.begun), ("failed", pool.failed)] {
                seen.observe(count, &[KeyValue::new("service", service), KeyValue::new("outcome", outcome)]);
            }
        })
        .build();
}
