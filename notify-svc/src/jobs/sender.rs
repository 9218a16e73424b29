//! Takes waiting messages and sends them, one connection a sender.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use platform::db;
use platform::serve::Job;
use platform::telemetry;
use uuid::Uuid;

use crate::app::ledger::Fared;
use crate::app::send::Taken;
use crate::app::transport::smtp::Relay;
use crate::app::{App, MESSAGES, ledger, send};
use crate::config::Delivery;

/// Small, so that one sender does not hoard what others could send.
const FEW: i64 = 16;
/// What a sender takes that sends them in no time.
const MANY: i64 = 128;
/// A full batch that took less is followed by one of twice its size, any other by one of half of it.
const SHORT: Duration = Duration::from_millis(50);
/// There is one sender only, and it writes what it took together.
const BOXED: i64 = 256;
/// A sender goes on while it is written down what became of this many mails that left. So many may leave
/// twice, with the same Message-ID, when the process is killed at that moment.
const UNWRITTEN: usize = 16;
/// Retries have no bell of their own: their time just comes.
const POLL: Duration = Duration::from_secs(1);

/// Runs until the process stops. The message in hand is finished first; what was only taken is given
/// back for others, because a conversation that is cut at its final dot is a mail that may come twice.
pub async fn run(app: App, job: Job) -> anyhow::Result<()> {
    let owner = Uuid::now_v7();
    let mut relay = Relay::new((*app.config).clone());
    let mut bell = app.db.woken(MESSAGES);
    let is_boxed = app.delivery == Delivery::Mailbox;
    let mut size = if is_boxed { BOXED } else { FEW };
    while !job.stopping().is_cancelled() {
        bell.mark_unchanged();
        let batch = send::take(&app, owner, size).await?;
        let began = Instant::now();
        if is_boxed {
            try_join_all(batch.iter().map(|taken| boxed(&app, taken))).await?;
        } else {
            one_by_one(&app, &job, &mut relay, &batch).await?;
            let is_full = i64::try_from(batch.len()) == Ok(size);
            let is_quick = is_full && began.elapsed() < SHORT;
            size = if is_quick { (size * 2).min(MANY) } else { (size / 2).max(FEW) };
        }
        if !batch.is_empty() {
            continue;
        }
        tokio::select! {
            () = job.stopping().cancelled() => {}
            _ = bell.changed() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    Ok(())
}

async fn boxed(app: &App, taken: &Taken) -> Result<(), Arc<db::Error>> {
    traced(taken, async { ledger::settle(app, &send::keep(app, taken)).await }).await
}

/// Sends them in their order, and returns when it is written down what became of each.
async fn one_by_one(app: &App, job: &Job, relay: &mut Relay, batch: &[Taken]) -> anyhow::Result<()> {
    let mut unwritten = Unwritten::default();
    let sent = send_all(app, job, relay, batch, &mut unwritten).await;
    let written = unwritten.settled(0).await;
    sent.and(written.map_err(Into::into))
}

async fn send_all(
    app: &App,
    job: &Job,
    relay: &mut Relay,
    batch: &[Taken],
    unwritten: &mut Unwritten,
) -> anyhow::Result<()> {
    for (place, taken) in batch.iter().enumerate() {
        // A relay that has become slow must not keep mails from others, or them from their tries.
        if job.stopping().is_cancelled() || !send::is_fresh(app, taken) {
            return Ok(send::put_back(app, &batch[place..]).await?);
        }
        let sending = traced(taken, send::send(app, relay, taken));
        let (fared, given_back) = finished(app, job, sending, &batch[place + 1..]).await;
        unwritten.0.push_back(send::settle_in_the_end(app, fared));
        if let Err(error) = unwritten.settled(UNWRITTEN - 1).await {
            // Else they would wait for the end of their term.
            let _ = send::put_back(app, &batch[place + 1..]).await;
            return Err(error.into());
        }
        if let Some(given_back) = given_back {
            return Ok(given_back?);
        }
    }
    Ok(())
}

/// The mail in hand is finished also when the process stops meanwhile; the others are given back at once then,
/// because the stop does not wait for a slow relay. Answers also how that went.
async fn finished(
    app: &App,
    job: &Job,
    sending: impl Future<Output = Arc<Fared>>,
    untried: &[Taken],
) -> (Arc<Fared>, Option<db::Result<()>>) {
    let mut sending = pin!(sending);
    tokio::select! {
        biased;
        fared = &mut sending => return (fared, None),
        () = job.stopping().cancelled() => {}
    }
    let (fared, given_back) = tokio::join!(sending, send::put_back(app, untried));
    (fared, Some(given_back))
}

/// Mails that left, the oldest first.
#[derive(Default)]
struct Unwritten(VecDeque<send::Settling>);

impl Unwritten {
    /// Until no more than `most` are left. All are waited for, also behind one that cannot be written.
    async fn settled(&mut self, most: usize) -> Result<(), Arc<db::Error>> {
        let mut failed = Ok(());
        while self.0.len() > most {
            let Some(oldest) = self.0.pop_front() else { break };
            failed = failed.and(oldest.end().await);
        }
        failed
    }
}

async fn traced<Done>(taken: &Taken, sending: impl Future<Output = Done>) -> Done {
    telemetry::continued(taken.message.traceparent.as_deref(), "mail.send", sending).await
}
