//! Stops a run after its present chunk. What is done stays done.

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::Refusal;

use crate::app::{App, Reply};
use crate::domain::bulk_run::{BulkRun, State};
use crate::store::bulk_runs;

/// Cancels it; a final run stays as it is.
pub async fn cancel<M: Message>(
    app: &App,
    caller: &Caller,
    name: &name::BulkRun,
    call: once::Call,
    show: impl Fn(&BulkRun) -> M,
) -> Result<Reply<M>, Refusal> {
    let tenant = app.require(caller, Permission::UsersEdit, name.organization).await?;
    let now = app.clock.now();
    let mut tx = app.db.of(tenant).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let cancelled = end(&mut tx, name, now).await;
    app.settle(tx, &call, cancelled.map(|run| show(&run))).await
}

async fn end(tx: &mut Tx, name: &name::BulkRun, now: DateTime<Utc>) -> Result<BulkRun, Refusal> {
    bulk_runs::end(tx, name.organization, name.bulk_run, State::Cancelled, now).await?;
    let found = bulk_runs::find(tx, name.organization, name.bulk_run).await?;
    found.ok_or_else(|| Refusal::not_found(name.to_string()))
}
