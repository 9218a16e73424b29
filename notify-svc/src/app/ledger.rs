//! What became of mails, written down.
//!
//! A commit a mail would make the database the slowest part of a run, and not the relay. So what arrives
//! while one commit runs, and a moment longer, is written by the next one; a lone mail waits for nobody.
//! A sender goes on meanwhile, but not for ever: see its bound, which is how many mails of one connection
//! a crash leaves in doubt at most.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use platform::db;
use platform::lease::Lease;
use platform::outbox;
use platform::serve::{Group, Spawner};
use proto::events::v1::Event;

use super::{App, EVERYONE};
use crate::domain::events;
use crate::domain::message::Next;
use crate::store::{mailbox, messages};

/// The most tries of one commit.
const MOST: usize = 256;

/// How long the second of several mails waits for more: a commit takes as much processor time as some mails.
const GATHER: Duration = Duration::from_millis(4);

/// One try at a message, to be written down if the message is still ours.
pub struct Fared {
    pub lease: Lease,
    pub next: Next,
    /// Tells of it; none when nobody asks.
    pub event: Option<Event>,
    /// For the development mailbox, in the same transaction.
    pub mail: Option<mailbox::Mail>,
}

impl Fared {
    /// For figures and traces.
    pub fn word(&self) -> &'static str {
        match &self.next {
            Next::Final(state, _) => state.as_str(),
            Next::Retry(..) | Next::Repeat(..) => "DEFERRED",
        }
    }
}

/// Whether it was written: not when the message was no longer ours.
type Answer = Result<bool, Arc<db::Error>>;

/// Senders that wait for it.
pub type Ledger = Group<(), Arc<Fared>, Answer>;

/// Nobody waits.
pub fn ledger(spawner: &Spawner) -> Ledger {
    Group::new("notify.ledger", spawner, MOST).gathering(GATHER)
}

/// Has it written down how a message fared, with all others that wait; that is under way when this returns.
///
/// # Errors
///
/// The one failure of all that were written together.
pub fn settle(
    app: &App,
    fared: &Arc<Fared>,
) -> impl Future<Output = Result<(), Arc<db::Error>>> + Send + use<> {
    let (writer, counter, word) = (app.clone(), app.clone(), fared.word());
    let written = app.ledger.enter((), fared.clone(), move |batch| write(writer.clone(), batch));
    async move {
        let is_ours = written.await.unwrap_or_else(|| Err(Arc::new(db::Error::cut_off())))?;
        if is_ours {
            counter.fared.count(word);
        }
        Ok(())
    }
}

/// One message that cannot be written does not hold up the others.
async fn write(app: App, batch: Vec<Arc<Fared>>) -> Vec<Answer> {
    let now = app.clock.now();
    match commit(&app, &batch, now).await {
        Ok(written) => written.into_iter().map(Ok).collect(),
        Err(error) if batch.len() == 1 || error.is_unavailable() => {
            let error = Arc::new(error);
            batch.iter().map(|_| Err(error.clone())).collect()
        }
        Err(_) => {
            let mut answers = Vec::with_capacity(batch.len());
            for fared in batch {
                let alone = commit(&app, &[fared], now).await;
                answers.push(alone.map(|written| written.contains(&true)).map_err(Arc::new));
            }
            answers
        }
    }
}

/// One transaction; for each whether it was ours.
async fn commit(app: &App, batch: &[Arc<Fared>], now: DateTime<Utc>) -> db::Result<Vec<bool>> {
    let fates: Vec<_> = batch.iter().map(|fared| messages::Fate::of(fared.lease, &fared.next)).collect();
    let mut tx = app.db.of(EVERYONE).write().await?;
    let settled = messages::settle(&mut tx, &fates, now).await?;
    let ours = || batch.iter().filter(|fared| settled.contains(&fared.lease.key));
    let mails: Vec<_> = ours().filter_map(|fared| fared.mail.as_ref()).collect();
    if !mails.is_empty() {
        mailbox::insert(&mut tx, &mails).await?;
    }
    let told: Vec<&Event> = ours().filter_map(|fared| fared.event.as_ref()).collect();
    outbox::put_all(&mut tx, told, events::SUBSCRIBERS_OF_MESSAGE_STATE, now).await?;
    tx.commit().await?;
    Ok(batch.iter().map(|fared| settled.contains(&fared.lease.key)).collect())
}
