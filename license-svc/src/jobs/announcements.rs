//! Tells users who newly hold a seat.

use platform::serve::Job;
use uuid::Uuid;

use super::POLL;
use crate::app::{App, announce};
use crate::store::announcements::TOPIC;

pub(super) async fn run(app: App, job: Job) -> anyhow::Result<()> {
    let worker = Uuid::now_v7();
    let mut bell = app.db.woken(TOPIC);
    while !job.stopping().is_cancelled() {
        bell.mark_unchanged();
        if announce::adopt(&app).await? > 0 || announce::round(&app, &job, worker).await? > 0 {
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
