//! Frees the seats of calls that added people and never ended. An import's seats are freed by import-svc.

use platform::db::Everyone;
use platform::serve::Job;

use super::POLL;
use crate::app::{App, invite};
use crate::store::invites;

pub(super) async fn run(app: App, job: Job) -> anyhow::Result<()> {
    loop {
        let before = app.clock.now() - app.invite_abandoned_after;
        let abandoned = invites::abandoned(
            &mut app.db.of(Everyone("a sweeper looks at the invites of every organization")).read().await?,
            before,
        )
        .await?;
        for (organization, id) in abandoned {
            if let Err(error) = invite::abandon(&app, job.tenant(organization), id).await {
                anyhow::bail!(tonic::Status::from(error));
            }
        }
        if !job.pause(POLL).await {
            return Ok(());
        }
    }
}
