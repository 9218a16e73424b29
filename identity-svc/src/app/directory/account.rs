//! Accounts of people who are no users yet (A10), and the account behind a call.

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::{once, tenant};
use prost::Message;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use crate::app::{App, Reply, actor};
use crate::domain::account::Account;
use crate::domain::email::Email;
use crate::domain::name::Name;
use crate::domain::password::Password;
use crate::domain::stored_hash::StoredHash;
use crate::store::accounts;

/// Who signs up; the address is proved by whoever asks.
pub struct New {
    /// The address.
    pub email: Email,
    /// The person's name.
    pub name: Name,
    /// What they will sign in with.
    pub password: Password,
}

/// Makes an account.
///
/// # Errors
/// ACCOUNT_EXISTS when the address has a password.
pub async fn create<M: Message>(
    app: &App,
    new: New,
    call: once::Call,
    show: impl Fn(&Account) -> M,
) -> Result<Reply<M>, Refusal> {
    let password = app.hasher.hash(new.password.clone()).await?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let created = insert(&mut tx, new, password, now).await;
    app.settle(tx, &call, created.map(|account| show(&account))).await
}

async fn insert(tx: &mut Tx, new: New, password: StoredHash, now: DateTime<Utc>) -> Result<Account, Refusal> {
    let display_name = new.name.display;
    let account = Account { id: Uuid::now_v7(), email: new.email, password, display_name, create_time: now };
    if accounts::insert(tx, &account).await? {
        return Ok(account);
    }
    Err(Refusal::new(Reason::AccountExists, "this e-mail address has a password already: sign in"))
}

/// The account that makes this call.
pub async fn of_caller(app: &App, caller: &Caller) -> Result<Account, Refusal> {
    let mut tx = app.db.of(tenant::of_key(caller)).read().await?;
    actor::account(&mut tx, caller).await
}
