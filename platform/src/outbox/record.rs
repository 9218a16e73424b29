//! What became of claimed rows.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use proto::events::v1::Event;
use uuid::Uuid;

use super::claim::{Batch, Claimed};
use super::packed;
use crate::db::{Result, Sql, Tx};

/// The longest pause between two tries of a refused event.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// What became of an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fared {
    Delivered,
    /// Not the event's fault: it is due at once, and the attempt does not count.
    Untried,
    /// It is due again later, and its key waits with it.
    Refused,
}

/// Writes down what became of each event of a batch, in their order. Rows whose claim ended meanwhile are left
/// to their new owner.
pub(super) async fn write(tx: &mut Tx, batch: &Batch, fared: &[Fared], now: DateTime<Utc>) -> Result<()> {
    let (mut delivered, mut untried, mut fared) = (Vec::new(), Vec::new(), fared.iter());
    for row in &batch.rows {
        let fared: Vec<Fared> = fared.by_ref().take(row.events.len()).copied().collect();
        match fared.first() {
            Some(Fared::Delivered) if is_all(&fared, Fared::Delivered) => delivered.push(row.position),
            Some(Fared::Untried) if is_all(&fared, Fared::Untried) => untried.push(row.position),
            _ => split(tx, batch, row, &fared, now).await?,
        }
    }
    settle(tx, DELIVERED, batch.claim, &delivered, now).await?;
    settle(tx, UNTRIED, batch.claim, &untried, now).await
}

fn is_all(fared: &[Fared], fate: Fared) -> bool {
    fared.iter().all(|fared| *fared == fate)
}

const DELIVERED: Sql = Sql {
    postgres: "UPDATE outbox SET delivered_time = $2, claim = NULL WHERE claim = $3
        AND position = ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($1)))",
    sqlite: "UPDATE outbox SET delivered_time = $2, claim = NULL WHERE claim = $3
        AND position IN (SELECT value FROM jsonb_each($1))",
};
const UNTRIED: Sql = Sql {
    postgres: "UPDATE outbox SET due_time = $2, claim = NULL, attempt = attempt - 1 WHERE claim = $3
        AND position = ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($1)))",
    sqlite: "UPDATE outbox SET due_time = $2, claim = NULL, attempt = attempt - 1 WHERE claim = $3
        AND position IN (SELECT value FROM jsonb_each($1))",
};

async fn settle(tx: &mut Tx, text: Sql, claim: Uuid, positions: &[i64], now: DateTime<Utc>) -> Result<()> {
    if !positions.is_empty() {
        tx.query(text).bind_json(positions).bind(now).bind(claim).execute().await?;
    }
    Ok(())
}

/// The row keeps what is left, at its place; what was delivered of it gets a row of its own. A refused event
/// holds up its own key only: what waits beside it comes before it, and is tried again in a moment.
async fn split(tx: &mut Tx, batch: &Batch, row: &Claimed, fared: &[Fared], now: DateTime<Utc>) -> Result<()> {
    let both = || row.events.iter().zip(fared);
    let refused: HashSet<&str> = both()
        .filter(|(_, fared)| **fared == Fared::Refused)
        .map(|(event, _)| event.ordering_key.as_str())
        .collect();
    let waits = |event: &Event| {
        refused.contains(&event.ordering_key.as_str()) || batch.held.contains(&event.ordering_key)
    };
    let left = || both().filter(|(_, fared)| **fared != Fared::Delivered).map(|(event, _)| event);
    let free = left().filter(|event| !waits(event));
    let ordered: Vec<Event> = free.chain(left().filter(|event| waits(event))).cloned().collect();
    let is_alone = ordered.len() == row.events.len()
        && left().all(|event| refused.contains(&event.ordering_key.as_str()));
    let (attempt, due_time) = match (refused.is_empty(), is_alone) {
        (true, _) => (row.attempt - 1, now),
        (false, true) => (row.attempt, now + pause(row.attempt)),
        (false, false) => (1, now + pause(1)),
    };
    let left = packed::pack(ordered)?;
    let destination = packed::keep(tx, (row.position, batch.claim), &left, (attempt, due_time)).await?;
    let done = both().filter(|(_, fared)| **fared == Fared::Delivered).map(|(event, _)| event.clone());
    let done: Vec<Event> = done.collect();
    match destination {
        Some(destination) if !done.is_empty() => {
            // Its own id, because its first event may be that of the row that is left.
            let row = (Uuid::now_v7(), destination.as_str());
            packed::insert(tx, row, &packed::pack(done)?, (now, Some(now))).await
        }
        _ => Ok(()),
    }
}

/// 2, 4, 8 … seconds, at most five minutes.
fn pause(attempt: i64) -> TimeDelta {
    let doublings = attempt.clamp(1, 10);
    TimeDelta::seconds(1 << doublings).min(LONGEST_PAUSE)
}
