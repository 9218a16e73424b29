//! "Import accepted users" (F12): exactly the plan that was seen, or a refusal and nothing changed.
//!
//! Three steps: the decision is claimed, so that two callers cannot reserve for one import; what the plan
//! was made of is looked up again and seats are reserved, which are calls to other services; the decision
//! is written down. Whoever dies in between leaves a claim that ends, and a sweeper frees its seats.

mod begin;
mod decide;

use chrono::TimeDelta;
use platform::caller::Caller;
use platform::db::Tx;
use platform::once::{self, Answer, Held};
use platform::tenant::Tenant;
use proto::imports::v1 as wire;
use proto::name;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::halt::Halt;
use super::{App, CHANGES, Reply, WORK, releasing, resource};
use crate::domain::import::{Claim, Import, Progress, State};
use crate::domain::plan::accept::{AcceptMode, WhenSeatsRunOut};
use crate::store::import_blocks::{self, write};
use crate::store::imports;
use begin::Begun;
use decide::Decision;

/// Longer than any call takes.
pub const CLAIM: TimeDelta = TimeDelta::seconds(120);

/// What a caller accepts.
pub struct Accept {
    /// Which import.
    pub name: name::Import,
    /// What they saw.
    pub etag: String,
    /// With rows in error.
    pub mode: AcceptMode,
    /// With too few seats.
    pub out: WhenSeatsRunOut,
    /// The call.
    pub call: once::Call,
}

/// Accepts a plan.
pub async fn accept(app: &App, caller: &Caller, accept: Accept) -> Result<Reply<wire::Import>, Refusal> {
    let tenant = app.require(caller, accept.name.organization).await?;
    let (import, claim) = match begin::begin(app, tenant, &accept).await? {
        Begun::Claimed(import, claim) => (*import, claim),
        Begun::Again(answer) => return Ok(Reply::Again(answer)),
    };
    let decision = match decide::decide(app, caller, tenant, &import, &accept).await {
        Ok(decision) => decision,
        Err(halt) => return Err(give_up(app, tenant, &import, claim, &accept.call, halt).await?),
    };
    let mut tx = app.db.of(tenant).write().await?;
    let current = imports::lock(&mut tx, tenant, import.id).await?.ok_or_else(Refusal::internal)?;
    if current.claim.map(|claim| claim.id) != Some(claim.id) || current.state != State::AwaitingAcceptance {
        drop(tx);
        give_way(app, tenant, &current, claim, &accept.call).await?;
        return Err(Refusal::new(Reason::ImportNotReady, "the import was ended meanwhile"));
    }
    let current = Import { claim: None, ..current };
    let written = write_down(&mut tx, tenant, caller, current, decision).await?;
    let answer = written.as_ref().map_or_else(|refusal| Answer::refusal(refusal.clone()), Answer::reply);
    once::store(&mut tx, &accept.call, &answer).await?;
    tx.commit().await?;
    written.map(Reply::Fresh)
}

async fn write_down(
    tx: &mut Tx,
    tenant: Tenant,
    caller: &Caller,
    mut import: Import,
    decision: Decision,
) -> Result<Result<wire::Import, Refusal>, Refusal> {
    let outcome = match decision {
        Decision::Declined(refusal) => Err(refusal),
        Decision::Stale { changes, counts, free, version } => {
            write::change(tx, tenant, import.id, &changes).await?;
            (import.counts, import.seats_free, import.directory_version) = (counts, free, version);
            import.sequence += 1;
            let text = "the organization has changed since the plan was made: look at the new plan";
            Err(Refusal::new(Reason::PlanStale, text).with("currentEtag", import.etag()))
        }
        Decision::Go { seats, free } => {
            import.state = State::Importing;
            import.seats_free = free;
            import.accepted_by = Some(caller.principal().lasting().to_string());
            import.last_seated_line = import_blocks::line_of_seat(tx, tenant, import.id, seats).await?;
            import.without_license = import.counts.seats_required - seats;
            import.progress = Progress { done: 0, total: import.counts.importable() };
            import.sequence += 1;
            imports::follow(tx, &import).await?;
            tx.wake(WORK);
            Ok(resource::import(&import))
        }
    };
    imports::save(tx, &import).await?;
    tx.wake(CHANGES);
    Ok(outcome)
}

/// Somebody ended the import, or decided because this call took longer than its claim. Seats that nobody
/// else answers for are freed; those of an acceptance that came between are its own.
async fn give_way(
    app: &App,
    tenant: Tenant,
    current: &Import,
    claim: Claim,
    call: &once::Call,
) -> Result<(), Halt> {
    let others = current.state == State::Importing || current.claim.is_some_and(|now| now.id != claim.id);
    if !others {
        releasing(app, current).await?;
    }
    let mut tx = app.db.of(tenant).write().await?;
    imports::unclaim(&mut tx, tenant, current.id, claim).await?;
    held(call, claim).forget(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// A service did not answer or refused: the call may be made again, and whatever may be reserved is
/// freed by the next one or by the sweeper.
async fn give_up(
    app: &App,
    tenant: Tenant,
    import: &Import,
    claim: Claim,
    call: &once::Call,
    halt: Halt,
) -> Result<Refusal, Refusal> {
    let mut tx = app.db.of(tenant).write().await?;
    let over = Claim { id: Uuid::now_v7(), until: app.clock.now() };
    imports::claim(&mut tx, import, Some(claim), over).await?;
    held(call, claim).forget(&mut tx).await?;
    tx.commit().await?;
    Ok(halt.into())
}

/// The call was claimed with the import.
fn held(call: &once::Call, claim: Claim) -> Held<'_> {
    Held { call, since: claim.until - CLAIM }
}

/// Ends a claim whose seats are free again.
pub async fn unclaim(app: &App, tenant: Tenant, import: Uuid, claim: Claim) -> Result<(), Halt> {
    let mut tx = app.db.of(tenant).write().await?;
    imports::unclaim(&mut tx, tenant, import, claim).await?;
    Ok(tx.commit().await?)
}
