//! Forgets what nobody needs any more, once an hour. Nothing depends on it: what is over is over by its time.

use std::time::Duration;

use platform::serve::Job;

use crate::app::{App, clean};

const PAUSE: Duration = Duration::from_secs(60 * 60);

pub(super) async fn run(app: App, job: Job) -> anyhow::Result<()> {
    loop {
        clean::clean(&app).await?;
        if !job.pause(PAUSE).await {
            return Ok(());
        }
    }
}
