//! One claim and its delivery.

use std::{collections::HashSet, time::Duration};

use opentelemetry::trace::FutureExt as _;
use proto::events::v1::{DeliverRequest, Event, inbox_service_client::InboxServiceClient};
use tokio::time::Instant;
use tonic::{Code, Request, Status};

use super::{
    Round,
    claim::{self, Batch},
    record::{self, Fared},
    spans::Spans,
};
use crate::{clock::Clock, db, peer::Peer};

/// How long one delivery may take: well below the claim, so that no two relays deliver one row at once.
const DEADLINE: Duration = Duration::from_secs(8);

/// When a round starts no further delivery: the last one then ends before the claim does.
const LAST_START: Duration = Duration::from_secs(10);

/// What became of the events of a batch, in their order.
struct Fate {
    fared: Vec<Fared>,
    away: bool,
}

/// What became of a round, not written down yet.
pub(super) struct Unwritten {
    batch: Batch,
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
    claim::meet(&mut tx, destination).await?;
    if let Some(before) = unwritten {
        record::write(&mut tx, &before.batch, &before.fate.fared, clock.now()).await?;
    }
    let batch = claim::claim(&mut tx, destination, clock.now()).await?;
    tx.commit().await?;
    *unwritten = None;
    if batch.rows.is_empty() {
        return Ok(Round::Idle);
    }
    let fate = deliver_all(peer, destination, &batch, started).await;
    let delivered = fate.fared.iter().filter(|fared| **fared == Fared::Delivered).count();
    let round = if fate.away { Round::Away } else { Round::Delivered(delivered) };
    *unwritten = Some(Unwritten { batch, fate });
    Ok(round)
}

/// Writes down what became of the last round.
pub(super) async fn write(
    db: &db::Db,
    clock: &Clock,
    destination: &str,
    unwritten: &mut Option<Unwritten>,
) -> db::Result<()> {
    let Some(before) = unwritten else { return Ok(()) };
    let mut tx = db.write().await?;
    claim::meet(&mut tx, destination).await?;
    record::write(&mut tx, &before.batch, &before.fate.fared, clock.now()).await?;
    tx.commit().await?;
    *unwritten = None;
    Ok(())
}

/// All that is not held in one call; when the destination refuses that, one by one, to find the event it
/// refuses.
async fn deliver_all(peer: &Peer, destination: &str, batch: &Batch, started: Instant) -> Fate {
    let is_held = |event: &Event| batch.held.contains(&event.ordering_key);
    let all = |fate| {
        let fared = |(event, _)| if is_held(event) { Fared::Untried } else { fate };
        batch.events().map(fared).collect()
    };
    let events: Vec<Event> =
        batch.events().map(|(event, _)| event).filter(|event| !is_held(event)).cloned().collect();
    match deliver(peer, destination, events).await {
        Ok(()) => Fate { fared: all(Fared::Delivered), away: false },
        Err(status) if is_away(&status) => {
            tracing::debug!(destination, code = ?status.code(), "a destination of events is away");
            Fate { fared: all(Fared::Untried), away: true }
        }
        Err(_) => one_by_one(peer, destination, batch, started).await,
    }
}

async fn one_by_one(peer: &Peer, destination: &str, batch: &Batch, started: Instant) -> Fate {
    let mut fate = Fate { fared: Vec::new(), away: false };
    let mut held_up: HashSet<&str> = batch.held.iter().map(String::as_str).collect();
    for (event, attempt) in batch.events() {
        let key = event.ordering_key.as_str();
        let fared = if fate.away || held_up.contains(key) || started.elapsed() > LAST_START {
            Fared::Untried
        } else {
            match deliver(peer, destination, vec![event.clone()]).await {
                Ok(()) => Fared::Delivered,
                Err(status) if is_away(&status) => {
                    fate.away = true;
                    Fared::Untried
                }
                Err(status) => {
                    let event = event.id.as_str();
                    tracing::warn!(destination, event, attempt, code = ?status.code(), "an event was refused");
                    Fared::Refused
                }
            }
        };
        if fared != Fared::Delivered && !key.is_empty() {
            held_up.insert(key);
        }
        fate.fared.push(fared);
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
