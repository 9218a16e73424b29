//! Takes waiting messages and sends them, one connection a sender.

use std::time::Duration;

use futures::future::try_join_all;
use platform::serve::Job;
use platform::telemetry;
use uuid::Uuid;

use crate::app::send::Taken;
use crate::app::transport::smtp::Relay;
use crate::app::{App, MESSAGES, send};
use crate::config::Delivery;

/// Small, so that one sender does not hoard what others could send.
const BATCH: i64 = 16;
/// There is one sender only, and it writes what it took together.
const BOXED: i64 = 64;
/// Retries have no bell of their own: their time just comes.
const POLL: Duration = Duration::from_secs(1);

/// Runs until the process stops. The message in hand is finished first; what was only taken is given
/// back for others, because a conversation that is cut at its final dot is a mail that may come twice.
pub async fn run(app: App, job: Job) -> anyhow::Result<()> {
    let owner = Uuid::now_v7();
    let mut relay = Relay::new((*app.config).clone());
    let mut bell = app.db.woken(MESSAGES);
    let is_boxed = app.delivery == Delivery::Mailbox;
    while !job.stopping().is_cancelled() {
        let batch = send::take(&app, owner, if is_boxed { BOXED } else { BATCH }).await?;
        if is_boxed {
            try_join_all(batch.iter().map(|taken| traced(taken, send::keep(&app, taken)))).await?;
        } else {
            one_by_one(&app, &job, &mut relay, &batch).await?;
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

async fn one_by_one(app: &App, job: &Job, relay: &mut Relay, batch: &[Taken]) -> anyhow::Result<()> {
    for taken in batch {
        if job.stopping().is_cancelled() {
            send::put_back(app, &taken.lease).await?;
            continue;
        }
        traced(taken, send::send(app, relay, taken)).await?;
    }
    Ok(())
}

async fn traced<Done>(taken: &Taken, sending: impl Future<Output = Done>) -> Done {
    telemetry::continued(taken.message.traceparent.as_deref(), "mail.send", sending).await
}
