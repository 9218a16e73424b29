//! What became of mails, written down.
//!
//! A commit a mail would make the database the slowest part of a run, and not the relay. So what arrives
//! while one commit runs is written by the next one, and a lone mail waits for nobody. Each sender waits for
//! its own, so that a crash leaves no more mails in doubt than there are connections.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use platform::db::{self, Tx};
use platform::lease::Lease;
use platform::outbox;
use platform::serve::{Group, Spawner};
use platform::telemetry;
use proto::events::v1::Event;
use proto::events::v1::message_state_changed::State as WireState;
use uuid::Uuid;

use super::send::told;
use super::{App, EVERYONE};
use crate::domain::events;
use crate::domain::message::{Message, Next, Outcome, State, after};
use crate::store::{mailbox, messages};

/// The most tries of one commit.
const MOST: usize = 64;

/// One try at a message, to be written down while its lease is held.
#[derive(Clone)]
pub struct Fared {
    pub lease: Lease,
    pub message: Message,
    pub outcome: Outcome,
    /// For the development mailbox, in the same transaction.
    pub mail: Option<mailbox::Mail>,
    /// The trace of the try.
    pub traceparent: String,
}

/// The word for how it fared; none when the message was no longer ours.
type Answer = Result<Option<&'static str>, Arc<db::Error>>;

/// Senders that wait for it.
pub type Ledger = Group<(), Fared, Answer>;

/// Nobody waits.
pub fn ledger(spawner: &Spawner) -> Ledger {
    Group::new("notify.ledger", spawner, MOST)
}

/// What a batch changes beside single rows.
#[derive(Default)]
struct Changes {
    ends: Vec<messages::End>,
    events: Vec<Event>,
}

/// Writes down how a message fared, with all others that wait.
///
/// # Errors
///
/// The one failure of all that were written together.
pub async fn settle(app: &App, fared: &Fared) -> Result<(), Arc<db::Error>> {
    let writer = app.clone();
    let written = app.ledger.join((), fared.clone(), move |batch| write(writer.clone(), batch)).await;
    if let Some(word) = written.unwrap_or_else(|| Err(Arc::new(db::Error::cut_off())))? {
        telemetry::note("mail.outcome", word);
        app.fared.count(word);
    }
    Ok(())
}

/// One message that cannot be written does not hold up the others.
async fn write(app: App, batch: Vec<Fared>) -> Vec<Answer> {
    match commit(&app, &batch).await {
        Ok(words) => words.into_iter().map(Ok).collect(),
        Err(error) if batch.len() == 1 || error.is_unavailable() => {
            let error = Arc::new(error);
            batch.iter().map(|_| Err(error.clone())).collect()
        }
        Err(_) => {
            let mut answers = Vec::with_capacity(batch.len());
            for fared in batch {
                let alone = commit(&app, &[fared]).await;
                answers.push(alone.map(|words| words.into_iter().flatten().next()).map_err(Arc::new));
            }
            answers
        }
    }
}

/// One transaction; a word for each that is ours.
async fn commit(app: &App, batch: &[Fared]) -> db::Result<Vec<Option<&'static str>>> {
    let now = app.clock.now();
    let leases: Vec<Lease> = batch.iter().map(|fared| fared.lease).collect();
    let mut tx = app.db.of(EVERYONE).write().await?;
    let ours: HashSet<(Uuid, i64)> = app.queue().keep_all(&mut tx, &leases, now).await?;
    let mut changes = Changes::default();
    let mut words = Vec::with_capacity(batch.len());
    for fared in batch {
        let is_ours = ours.contains(&(fared.lease.key, fared.lease.attempt));
        words.push(if is_ours { Some(note(app, &mut tx, fared, &mut changes, now).await?) } else { None });
    }
    let mails = batch.iter().filter(|fared| ours.contains(&(fared.lease.key, fared.lease.attempt)));
    let mails: Vec<_> = mails.filter_map(|fared| fared.mail.as_ref()).collect();
    if !mails.is_empty() {
        mailbox::insert(&mut tx, &mails).await?;
    }
    if !changes.ends.is_empty() {
        messages::finish(&mut tx, &changes.ends, now).await?;
    }
    outbox::put_all(&mut tx, &changes.events, events::SUBSCRIBERS_OF_MESSAGE_STATE, now).await?;
    tx.commit().await?;
    Ok(words)
}

/// Collects what can be written together; a mail that is put off is a row of its own.
async fn note(
    app: &App,
    tx: &mut Tx,
    fared: &Fared,
    changes: &mut Changes,
    now: DateTime<Utc>,
) -> db::Result<&'static str> {
    let Fared { lease, message, outcome, traceparent, .. } = fared;
    let (state, word, detail) = match after(message, lease.attempt, outcome.clone(), now) {
        Next::Final(state, detail) => {
            changes.ends.push(messages::End {
                id: message.id,
                state: state.as_str(),
                detail: detail.clone(),
            });
            (wire(state), state.as_str(), detail)
        }
        Next::Retry(time, detail) => {
            messages::note(tx, message.id, &detail).await?;
            app.queue().give_back(tx, lease, Some(time)).await?;
            (WireState::Deferred, "DEFERRED", detail)
        }
    };
    changes.events.extend(told(message, state, detail, traceparent, now));
    Ok(word)
}

fn wire(state: State) -> WireState {
    match state {
        State::Accepted => WireState::Sent,
        State::Bounced => WireState::Bounced,
        State::Unknown | State::Dead => WireState::Failed,
    }
}
