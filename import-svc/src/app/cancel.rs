//! F11: before it is accepted an import is forgotten; while it runs it stops after the blocks that were begun.

use platform::caller::Caller;
use platform::db::{self, Tx};
use platform::once::{self, Answer};
use platform::tenant::Tenant;
use proto::imports::v1 as wire;
use proto::name;
use proto::refusal::{Reason, Refusal};

use super::{App, CHANGES, Reply, not_found, resource};
use crate::domain::import::{Import, State};
use crate::domain::plan::Counts;
use crate::store::import_blocks::write;
use crate::store::{imports, upload_chunks};

/// Stops an import. One that is cancelled already stays so.
pub async fn cancel(
    app: &App,
    caller: &Caller,
    name: &name::Import,
    call: once::Call,
) -> Result<Reply<wire::Import>, Refusal> {
    let tenant = app.require(caller, name.organization).await?;
    let mut tx = app.db.of(tenant).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, app.clock.now()).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let mut import = imports::lock(&mut tx, tenant, name.import).await?.ok_or_else(|| not_found(name))?;
    match import.state {
        State::Cancelled => {}
        State::Validating | State::AwaitingAcceptance => {
            forget(&mut tx, tenant, &mut import).await?;
            import.end(State::Cancelled, app.clock.now(), app.keep);
        }
        State::Importing => {
            import.cancel_requested = true;
            import.sequence += 1;
        }
        State::Uploading | State::Succeeded | State::Rejected | State::Expired => {
            let text = "only an import that waits or runs can be cancelled";
            let refusal = Refusal::new(Reason::ImportNotReady, text).with("state", import.state.as_str());
            once::store(&mut tx, &call, &Answer::refusal(refusal.clone())).await?;
            tx.commit().await?;
            return Err(refusal);
        }
    }
    imports::save(&mut tx, &import).await?;
    let reply = resource::import(&import);
    once::store(&mut tx, &call, &Answer::reply(&reply)).await?;
    tx.wake(CHANGES);
    tx.commit().await?;
    Ok(Reply::Fresh(reply))
}

/// Forgets file and rows, and takes the import away from whoever validates it.
pub async fn forget(tx: &mut Tx, tenant: Tenant, import: &mut Import) -> db::Result<()> {
    write::delete(tx, tenant, import.id).await?;
    upload_chunks::delete(tx, tenant, import.id).await?;
    imports::stop_work(tx, tenant, import.id).await?;
    import.counts = Counts::default();
    import.groups.clear();
    Ok(())
}
