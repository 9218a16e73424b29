//! The work of a run, a chunk a transaction: when a worker dies, another goes on where it stopped, and
//! nobody gets two mails.

use platform::db::Everyone;
use platform::lease::Lease;
use platform::serve::Job;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::invitations::{self, Letter};
use crate::app::organizations::locked_to_invite;
use crate::app::users::send_activation_emails::skip;
use crate::app::{App, span};
use crate::domain::bulk_run::{Outcome, State};
use crate::domain::mail::Occasion;
use crate::domain::user::User;
use crate::store::bulk_runs::AT_WORK;
use crate::store::users::sets;
use crate::store::{bulk_run_items, bulk_runs};

/// A worker learns only from the run that it takes whose it is.
const WORK: Everyone = Everyone("a worker takes the runs of every organization");

/// What a chunk came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// More is to do.
    Done,
    /// The run is final, or another worker has it.
    Over,
}

/// Takes a run that has work, and says which trace it belongs to.
pub async fn take(app: &App, worker: Uuid) -> Result<Option<(Lease, Option<String>)>, Refusal> {
    let mut tx = app.db.of(WORK).write().await?;
    let Some(lease) = AT_WORK.take(&mut tx, worker, 1, app.clock.now()).await?.pop() else { return Ok(None) };
    let trace = bulk_runs::trace(&mut tx, lease.key).await?;
    tx.commit().await?;
    Ok(Some((lease, trace)))
}

/// Does the next users of a run that this worker holds.
pub async fn chunk(app: &App, job: &Job, lease: &Lease) -> Result<Chunk, Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(WORK).write().await?;
    if !AT_WORK.keep(&mut tx, lease, now).await? {
        return Ok(Chunk::Over);
    }
    let (organization, inviter, state) = bulk_runs::held(&mut tx, lease.key).await?;
    if state != State::Running {
        return Ok(Chunk::Over);
    }
    tx.enter(job.tenant(organization)).await?;
    let ids = bulk_run_items::to_do(&mut tx, organization, lease.key, app.config.bulk_chunk.into()).await?;
    if ids.is_empty() {
        bulk_runs::end(&mut tx, organization, lease.key, State::Succeeded, now).await?;
        tx.commit().await?;
        return Ok(Chunk::Over);
    }
    let organization = locked_to_invite(&mut tx, organization).await?;
    let users = sets::find(&mut tx, organization.id, &ids).await?;
    // A user may have accepted, or been mailed by hand, since the run was begun.
    let skip = |user: &User| skip(user, now, span(app.config.send_cooldown));
    let outcomes: Vec<(Uuid, Outcome)> =
        users.iter().map(|user| (user.id, skip(user).unwrap_or(Outcome::Queued))).collect();
    let invited: Vec<&User> = users.iter().filter(|user| skip(user).is_none()).collect();
    let letter = Letter { organization: &organization, occasion: Occasion::Activation, inviter: &inviter };
    invitations::send(app, &mut tx, letter, &invited, now).await?;
    bulk_run_items::done(&mut tx, organization.id, lease.key, &outcomes).await?;
    bulk_runs::touch(&mut tx, organization.id, lease.key).await?;
    tx.commit().await?;
    Ok(Chunk::Done)
}
