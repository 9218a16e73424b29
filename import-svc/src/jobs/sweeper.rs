//! Does each minute what time asks for.

use std::time::Duration;

use platform::serve::Job;

use crate::app::{App, sweep};

const EVERY: Duration = Duration::from_secs(60);

/// Runs until the process stops.
pub async fn run(app: App, job: Job) -> anyhow::Result<()> {
    loop {
        sweep::sweep(&app, &job).await?;
        if !job.pause(EVERY).await {
            return Ok(());
        }
    }
}
