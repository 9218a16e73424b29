//! Takes imports that have work, one at a time.

use std::time::Duration;

use platform::serve::Job;
use uuid::Uuid;

use crate::app::work::{self, Work};
use crate::app::{App, WORK};

/// Work that another process left, and work that waits for a service, rings no bell.
const POLL: Duration = Duration::from_secs(1);

/// Runs until the process stops.
pub async fn run(app: App, job: Job, kind: Work) -> anyhow::Result<()> {
    let owner = Uuid::now_v7();
    let mut bell = app.db.woken(WORK);
    work::adopt(&app).await?;
    while !job.stopping().is_cancelled() {
        bell.mark_unchanged();
        if work::one(&app, &job, kind, owner).await? {
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
