//! Who decides: one call at a time, and only on the plan that was seen.

use std::time::Duration;

use platform::once::{self, Answer};
use platform::tenant::Tenant;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::{Accept, CLAIM};
use crate::app::{App, not_found};
use crate::domain::import::{Claim, Import, State};
use crate::store::imports;

/// How a call began.
pub enum Begun {
    /// The decision is this call's.
    Claimed(Box<Import>, Claim),
    /// It was made before, under the same request id.
    Again(Answer),
}

/// Claims the decision. The import that is answered shows the claim that was there before, if any.
pub async fn begin(app: &App, tenant: Tenant, accept: &Accept) -> Result<Begun, Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(tenant).write().await?;
    if let Some(answer) = once::begin(&mut tx, &accept.call, now).await?.replay()? {
        return Ok(Begun::Again(answer));
    }
    let import = imports::lock(&mut tx, tenant, accept.name.import).await?;
    let import = import.ok_or_else(|| not_found(&accept.name))?;
    if let Some(refusal) = refused(&import, &accept.etag) {
        once::store(&mut tx, &accept.call, &Answer::refusal(refusal.clone())).await?;
        tx.commit().await?;
        return Err(refusal);
    }
    if import.claim.is_some_and(|claim| claim.until > now) {
        let text = "somebody else is accepting this import";
        return Err(Refusal::new(Reason::RequestInProgress, text).retry_after(Duration::from_secs(1)));
    }
    let claim = Claim { id: Uuid::now_v7(), until: now + CLAIM };
    if !imports::claim(&mut tx, &import, import.claim, claim).await? {
        return Err(Refusal::internal());
    }
    tx.commit().await?;
    Ok(Begun::Claimed(Box::new(import), claim))
}

fn refused(import: &Import, etag: &str) -> Option<Refusal> {
    if import.state != State::AwaitingAcceptance {
        let text = "only a plan that waits for it can be accepted";
        return Some(Refusal::new(Reason::ImportNotReady, text).with("state", import.state.as_str()));
    }
    let current = import.etag();
    if etag != current {
        let text = "this is not the plan that stands now: look at it again";
        return Some(Refusal::new(Reason::EtagMismatch, text).with("currentEtag", current));
    }
    None
}
