//! One claim and its delivery.

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;
use opentelemetry::trace::FutureExt as _;
use proto::events::v1::{DeliverRequest, Event, inbox_service_client::InboxServiceClient};
use tokio::time::Instant;
use tonic::{Code, Request, Status};
use uuid::Uuid;

use super::{
    Round,
    claim::{self, Batch, Item},
    spans::Spans,
};
use crate::{clock::Clock, db, peer::Peer};

/// How long one delivery may take: well below the claim, so that no two relays deliver one row at once.
const DEADLINE: Duration = Duration::from_secs(8);

/// When a round starts no further delivery: the last one then ends before the claim does.
const LAST_START: Duration = Duration::from_secs(10);

/// The longest pause between two tries of a refused event.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// What became of the items of a batch.
#[derive(Default)]
struct Fate {
    delivered: Vec<i64>,
    /// Not tried, or not the item's fault.
    untried: Vec<i64>,
    refused: Vec<(i64, TimeDelta)>,
    away: bool,
}

/// What became of a round, not written down yet.
pub(super) struct Unwritten {
    claim: Uuid,
    fate: Fate,
}

/// Claims what is due for a destination and delivers it. What became of the round before is written down in
/// the transaction of the claim; what became of this one is left for the next, which follows in a moment, or
/// for [`write`]. Until then the rows are this relay's, and a crash has them delivered once more.
pub(super) async fn push(
    db: &db::Db,
    clock: &Clock,
    (destination, peer): (&str, &Peer),
    unwritten: &mut Option<Unwritten>,
) -> db::Result<Round> {
    let started = Instant::now();
    let mut tx = db.write().await?;
    if let Some(before) = unwritten {
        record(&mut tx, clock, before).await?;
    }
    let Batch { claim, items } = claim::claim(&mut tx, destination, clock.now()).await?;
    tx.commit().await?;
    *unwritten = None;
    if items.is_empty() {
        return Ok(Round::Idle);
    }
    let fate = deliver_all(peer, destination, &items, started).await;
    let (away, delivered) = (fate.away, fate.delivered.len());
    *unwritten = Some(Unwritten { claim, fate });
    Ok(if away { Round::Away } else { Round::Delivered(delivered) })
}

/// Writes down what became of the last round.
pub(super) async fn write(db: &db::Db, clock: &Clock, unwritten: &mut Option<Unwritten>) -> db::Result<()> {
    let Some(before) = unwritten else { return Ok(()) };
    let mut tx = db.write().await?;
    record(&mut tx, clock, before).await?;
    tx.commit().await?;
    *unwritten = None;
    Ok(())
}

/// All in one call; when the destination refuses that, one by one, to find the event it refuses.
async fn deliver_all(peer: &Peer, destination: &str, items: &[Item], started: Instant) -> Fate {
    let positions = || items.iter().map(|item| item.position).collect();
    let events = items.iter().map(|item| item.event.clone()).collect();
    match deliver(peer, destination, events).await {
        Ok(()) => Fate { delivered: positions(), ..Fate::default() },
        Err(status) if is_away(&status) => {
            tracing::debug!(destination, code = ?status.code(), "a destination of events is away");
            Fate { untried: positions(), away: true, ..Fate::default() }
        }
        Err(_) => one_by_one(peer, destination, items, started).await,
    }
}

async fn one_by_one(peer: &Peer, destination: &str, items: &[Item], started: Instant) -> Fate {
    let mut fate = Fate::default();
    let mut held_up = BTreeSet::new();
    for item in items {
        let key = item.event.ordering_key.as_str();
        if fate.away || held_up.contains(key) || started.elapsed() > LAST_START {
            fate.untried.push(item.position);
            held_up.insert(key);
            continue;
        }
        match deliver(peer, destination, vec![item.event.clone()]).await {
            Ok(()) => fate.delivered.push(item.position),
            Err(status) if is_away(&status) => {
                fate.away = true;
                fate.untried.push(item.position);
            }
            Err(status) => {
                let event = item.event.id.as_str();
                tracing::warn!(destination, event, item.attempt, code = ?status.code(), "an event was refused");
                fate.refused.push((item.position, pause(item.attempt)));
                held_up.insert(key);
            }
        }
        held_up.remove("");
    }
    fate
}

async fn deliver(peer: &Peer, destination: &str, mut events: Vec<Event>) -> Result<(), Status> {
    let spans = Spans::begin(destination, &mut events);
    let answer = call(peer, events).with_context(spans.context()).await;
    spans.end(answer.as_ref().err());
    answer
}

async fn call(peer: &Peer, events: Vec<Event>) -> Result<(), Status> {
    let mut request = Request::new(DeliverRequest { events });
    request.set_timeout(DEADLINE);
    let mut client = InboxServiceClient::new(peer.clone());
    let answer = tokio::time::timeout(DEADLINE, client.deliver(request)).await;
    answer.map_err(|_| Status::deadline_exceeded("a delivery took too long"))?.map(drop)
}

/// The destination says nothing about the events: it cannot be reached, is full, or does not know us.
fn is_away(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::ResourceExhausted
            | Code::Unauthenticated
            | Code::PermissionDenied
            | Code::Unimplemented
    )
}

/// 2, 4, 8 … seconds, at most five minutes.
fn pause(attempt: i64) -> TimeDelta {
    let doublings = attempt.clamp(1, 10);
    TimeDelta::seconds(1 << doublings).min(LONGEST_PAUSE)
}

async fn record(tx: &mut db::Tx, clock: &Clock, Unwritten { claim, fate }: &Unwritten) -> db::Result<()> {
    let (claim, now) = (*claim, clock.now());
    if !fate.delivered.is_empty() {
        claim::delivered(tx, claim, &fate.delivered, now).await?;
    }
    if !fate.untried.is_empty() {
        claim::release(tx, claim, &fate.untried, now).await?;
    }
    for (position, pause) in &fate.refused {
        claim::put_off(tx, claim, *position, now + *pause).await?;
    }
    Ok(())
}
