//! Takes waiting messages and sends them, one connection a sender.

use std::time::Duration;

use platform::serve::Job;
use platform::telemetry;
use uuid::Uuid;

use crate::app::transport::smtp::Relay;
use crate::app::{App, MESSAGES, send};

/// Small, so that one sender does not hoard what others could send.
const BATCH: i64 = 16;
/// Retries have no bell of their own: their time just comes.
const POLL: Duration = Duration::from_secs(1);

/// Runs until the process stops. The message in hand is finished first; what was only taken is given
/// back for others, because a conversation that is cut at its final dot is a mail that may come twice.
pub async fn run(app: App, job: Job) -> anyhow::Result<()> {
    let owner = Uuid::now_v7();
    let mut relay = Relay::new((*app.config).clone());
    let mut bell = app.db.woken(MESSAGES);
    while !job.stopping().is_cancelled() {
        let batch = send::take(&app, owner, BATCH).await?;
        for taken in &batch {
            if job.stopping().is_cancelled() {
                send::put_back(&app, &taken.lease).await?;
                continue;
            }
            let sending = send::send(&app, &mut relay, taken);
            telemetry::continued(taken.message.traceparent.as_deref(), "mail.send", sending).await?;
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
