//! Sets a password with a link. Does not sign in: a mailbox is no second factor (ASVS 6.3.6).

use chrono::{DateTime, Utc};
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::name;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::{BY_TOKEN, accepted, find, use_up};
use crate::app::sessions::create::forgive;
use crate::app::{App, Reply};
use crate::domain::account::Account;
use crate::domain::email::Email;
use crate::domain::link::{self, Link, Purpose, Subject};
use crate::domain::stored_hash::StoredHash;
use crate::store::{accounts, links, sessions};

/// Whose password was set.
pub struct Redeemed {
    /// The invited user; none for a reset.
    pub user: Option<name::User>,
    /// What to sign in with.
    pub email: Email,
}

/// Uses the link up. Of any number of tries at once one wins.
///
/// # Errors
/// A dead link's fate; FIELD_VIOLATIONS of `new_password`; ACCOUNT_EXISTS when the invited address has a
/// password already: then its owner signs in and accepts.
pub async fn redeem<M: Message>(
    app: &App,
    token: &str,
    new_password: &str,
    call: once::Call,
    show: impl Fn(&Redeemed) -> M,
) -> Result<Reply<M>, Refusal> {
    if let Some(again) = replayed(app, &call).await? {
        return Ok(again);
    }
    let (link, password) = prepare(app, token, new_password).await?;
    let now = app.clock.now();
    let mut tx = app.db.of(BY_TOKEN).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let redeemed = match link.purpose {
        Purpose::Activate => activate(&mut tx, &link, password, now).await,
        Purpose::Reset => reset(&mut tx, &link, password, now).await,
    };
    app.settle(tx, &call, redeemed.map(|redeemed| show(&redeemed))).await
}

/// A repeat must be answered before its link is looked at, which is used by now.
async fn replayed<M: Message>(app: &App, call: &once::Call) -> Result<Option<Reply<M>>, Refusal> {
    if call.request_id.is_empty() {
        return Ok(None);
    }
    let mut tx = app.db.write().await?;
    Ok(once::begin(&mut tx, call, app.clock.now()).await?.replay()?.map(Reply::Again))
}

/// The link, still alive, and the hash of the password; computed before anything is locked.
async fn prepare(app: &App, token: &str, new_password: &str) -> Result<(Link, StoredHash), Refusal> {
    let mut tx = app.db.of(BY_TOKEN).read().await?;
    let link = find(&mut tx, token).await?;
    link.check(app.clock.now())?;
    drop(tx);
    let password = app.policy().accept("new_password", new_password, &link.email);
    let password = password.map_err(|violation| Refusal::fields(vec![violation]))?;
    Ok((link, app.hasher.hash(password).await?))
}

async fn activate(
    tx: &mut Tx,
    link: &Link,
    password: StoredHash,
    now: DateTime<Utc>,
) -> Result<Redeemed, Refusal> {
    let (_, user) = use_up(tx, link, now).await?;
    let account = Account {
        id: Uuid::now_v7(),
        email: link.email.clone(),
        password,
        display_name: user.profile.name.display.clone(),
        create_time: now,
    };
    if !accounts::insert(tx, &account).await? {
        let message = "this e-mail address has a password already: sign in and accept the invitation";
        return Err(Refusal::new(Reason::AccountExists, message));
    }
    let user = accepted(tx, user, &account, now).await?;
    Ok(Redeemed { user: Some(user.name()), email: account.email })
}

async fn reset(
    tx: &mut Tx,
    link: &Link,
    password: StoredHash,
    now: DateTime<Utc>,
) -> Result<Redeemed, Refusal> {
    let Subject::Account(account) = link.subject else { return Err(link::unknown()) };
    // Before the link: whoever changes the address or the password has the account first and then its links.
    let account = accounts::lock(tx, account).await?;
    if !links::redeem(tx, link.hash, Purpose::Reset, now).await? {
        let stored = links::find(tx, link.hash).await?.ok_or_else(link::unknown)?;
        stored.check(now)?;
        return Err(link::revoked());
    }
    let account = account.filter(|account| account.email == link.email).ok_or_else(link::revoked)?;
    accounts::set_password(tx, account.id, &password, now).await?;
    sessions::delete_all(tx, account.id).await?;
    links::revoke_of_account(tx, account.id, now).await?;
    forgive(tx, &account.email).await?;
    Ok(Redeemed { user: None, email: account.email })
}
