//! What time does to imports.

use chrono::TimeDelta;
use platform::serve::Job;
use uuid::Uuid;

use super::halt::Halt;
use super::{App, CHANGES, EVERYONE, accept, cancel, releasing};
use crate::domain::import::{Claim, Import, State};
use crate::store::imports::{self, sweep};

/// An upload that takes longer is broken.
const LONGEST_UPLOAD: TimeDelta = TimeDelta::hours(1);

/// Forgets broken uploads and old imports, expires plans that nobody accepts, frees seats of
/// acceptances that died.
pub async fn sweep(app: &App, job: &Job) -> Result<(), Halt> {
    let now = app.clock.now();
    let mut tx = app.db.of(EVERYONE).write().await?;
    sweep::broken_uploads(&mut tx, now - LONGEST_UPLOAD).await?;
    tx.commit().await?;
    let waiting = sweep::waiting(&mut app.db.of(EVERYONE).read().await?, now).await?;
    for import in waiting {
        expire(app, job, &import).await?;
    }
    let dead = sweep::dead_claims(&mut app.db.of(EVERYONE).read().await?, now).await?;
    for import in dead {
        free(app, job, &import).await?;
    }
    while forget_one(app).await? && !job.stopping().is_cancelled() {}
    Ok(())
}

async fn expire(app: &App, job: &Job, import: &Import) -> Result<(), Halt> {
    let tenant = job.tenant(import.organization);
    let mut tx = app.db.of(tenant).write().await?;
    let Some(mut import) = imports::lock(&mut tx, tenant, import.id).await? else { return Ok(()) };
    if import.state != State::AwaitingAcceptance || import.expire_time > app.clock.now() {
        return Ok(());
    }
    cancel::forget(&mut tx, tenant, &mut import).await?;
    import.end(State::Expired, app.clock.now(), app.keep);
    imports::save(&mut tx, &import).await?;
    tx.wake(CHANGES);
    Ok(tx.commit().await?)
}

/// Under a claim of our own, so that an acceptance that begins now is not robbed of its seats.
async fn free(app: &App, job: &Job, import: &Import) -> Result<(), Halt> {
    let claim = Claim { id: Uuid::now_v7(), until: app.clock.now() + accept::CLAIM };
    let mut tx = app.db.of(job.tenant(import.organization)).write().await?;
    let ours = imports::claim(&mut tx, import, import.claim, claim).await?;
    tx.commit().await?;
    if !ours {
        return Ok(());
    }
    releasing(app, import).await?;
    accept::unclaim(app, job.tenant(import.organization), import.id, claim).await
}

async fn forget_one(app: &App) -> Result<bool, Halt> {
    let mut tx = app.db.of(EVERYONE).write().await?;
    let forgotten = sweep::forget_one(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(forgotten > 0)
}
