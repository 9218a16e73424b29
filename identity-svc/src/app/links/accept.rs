//! Joining with the password one has (Q13).

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::name;
use proto::refusal::Refusal;

use super::{BY_TOKEN, accepted, find, use_up};
use crate::app::{App, Reply, actor};
use crate::domain::link::{self, Purpose};

/// Accepts an invitation that was sent to the address of the signed-in account.
///
/// # Errors
/// A dead link's fate; PERMISSION_DENIED for another address.
pub async fn accept<M: Message>(
    app: &App,
    caller: &Caller,
    token: &str,
    call: once::Call,
    show: impl Fn(&name::User) -> M,
) -> Result<Reply<M>, Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(BY_TOKEN).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let joined = join(&mut tx, caller, token, now).await;
    app.settle(tx, &call, joined.map(|user| show(&user))).await
}

async fn join(tx: &mut Tx, caller: &Caller, token: &str, now: DateTime<Utc>) -> Result<name::User, Refusal> {
    let account = actor::account(tx, caller).await?;
    let link = find(tx, token).await?;
    if link.purpose != Purpose::Activate {
        return Err(link::unknown());
    }
    if link.email != account.email {
        return Err(Refusal::denied("the invited e-mail address", "this invitation"));
    }
    let (_, user) = use_up(tx, &link, now).await?;
    Ok(accepted(tx, user, &account, now).await?.name())
}
