//! Goes on with mappings whose request died.

use platform::serve::Job;
use uuid::Uuid;

use super::POLL;
use crate::app::App;
use crate::app::purchases::mapping;

pub(super) async fn run(app: App, job: Job) -> anyhow::Result<()> {
    let worker = Uuid::now_v7();
    loop {
        for lease in mapping::take(&app, worker).await? {
            mapping::resume(&app, &job, &lease).await?;
        }
        if !job.pause(POLL).await {
            return Ok(());
        }
    }
}
