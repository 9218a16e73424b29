//! Does the work of bulk runs.

use std::time::Duration;

use platform::serve::Job;
use platform::telemetry;
use uuid::Uuid;

use crate::app::App;
use crate::app::bulk_runs::work::{self, Chunk};
use crate::store::bulk_runs::TOPIC;

/// How often it looks for work that no bell announced: another replica's, or a dead worker's.
const POLL: Duration = Duration::from_secs(1);

pub(super) async fn run(app: App, job: Job) -> anyhow::Result<()> {
    let worker = Uuid::now_v7();
    let mut bell = app.db.woken(TOPIC);
    while !job.stopping().is_cancelled() {
        bell.mark_unchanged();
        if let Some((lease, trace)) = work::take(&app, worker).await? {
            let chunks = async {
                while !job.stopping().is_cancelled() && work::chunk(&app, &job, &lease).await? == Chunk::Done
                {
                }
                anyhow::Ok(())
            };
            telemetry::continued(trace.as_deref(), "bulk_run.work", chunks).await?;
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
