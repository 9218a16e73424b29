//! Sign-in. Unknown address, wrong password and nobody active give the same answer after the same work.

use platform::db::Tx;
use proto::refusal::{Reason, Refusal};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{ANYWHERE, Shown};
use crate::app::hasher::Check;
use crate::app::{App, new_secret, span};
use crate::domain::account::Account;
use crate::domain::email::Email;
use crate::domain::password::Password;
use crate::domain::secret::{Prefix, Secret};
use crate::domain::session::Session;
use crate::domain::stored_hash::StoredHash;
use crate::store::{accounts, memberships, sessions, sign_in_failures, users};

const MAX_USER_AGENT: usize = 200;

/// Signs somebody in.
///
/// # Errors
/// SIGN_IN_FAILED for every cause; RATE_LIMITED when this address was tried too often, known or not, or
/// when too many sign in at once.
pub async fn create(
    app: &App,
    email: &str,
    password: &str,
    user_agent: &str,
) -> Result<(Shown, Secret), Refusal> {
    let email = Email::parse(email).map_err(|_| failed())?;
    let key = email_hash(&email);
    let account = begin_try(app, &email, key).await?;
    let stored = account.as_ref().map(|account| &account.password);
    let typed = Password::attempt(password);
    // A password longer than any that was accepted is wrong, but costs what every other wrong one does.
    let checked = app.hasher.check(typed.clone().unwrap_or_else(Password::none), stored).await;
    let right = matches!(checked, Ok(Check::Right | Check::RightButDated)) && typed.is_some();
    let admitted = match account.filter(|_| right) {
        Some(account) => admit(app, account).await?,
        None => None,
    };
    let (Some(account), Some(password)) = (admitted, typed) else {
        end_failed_try(app, key, checked.is_ok()).await?;
        return Err(checked.err().unwrap_or_else(failed));
    };
    let fresh = match checked? {
        Check::RightButDated => Some(app.hasher.hash(password).await?),
        _ => None,
    };
    begin_session(app, account, fresh, user_agent).await
}

/// Counts the try before its password is looked at: tries at the same time cannot slip by.
async fn begin_try(app: &App, email: &Email, key: [u8; 32]) -> Result<Option<Account>, Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut failures = sign_in_failures::lock(&mut tx, key, now).await?;
    if let Some(pause) = failures.pause(now) {
        let message = "too many tries for this address: wait, or ask for a new password";
        return Err(
            Refusal::new(Reason::RateLimited, message).retry_after(pause.to_std().unwrap_or_default())
        );
    }
    failures.attempts += 1;
    sign_in_failures::update(&mut tx, key, &failures, now).await?;
    let account = accounts::find_by_email(&mut tx, email).await?;
    tx.commit().await?;
    Ok(account)
}

/// A try that never reached the hash, because too many waited, is no failure of the person.
async fn end_failed_try(app: &App, key: [u8; 32], was_checked: bool) -> Result<(), Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let failures = sign_in_failures::lock(&mut tx, key, now).await?;
    let failures = if was_checked { failures.failed(now) } else { failures.shed() };
    sign_in_failures::update(&mut tx, key, &failures, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The account, if some user of it may come in.
async fn admit(app: &App, account: Account) -> Result<Option<Account>, Refusal> {
    let mut tx = app.db.of(ANYWHERE).read().await?;
    Ok(memberships::admits(&mut tx, account.id).await?.then_some(account))
}

async fn begin_session(
    app: &App,
    account: Account,
    fresh: Option<StoredHash>,
    user_agent: &str,
) -> Result<(Shown, Secret), Refusal> {
    let now = app.clock.now();
    let token = new_secret(Prefix::Session)?;
    let session = Session {
        id: Uuid::now_v7(),
        account: account.id,
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect(),
        create_time: now,
        last_use_time: now,
        expire_time: now + span(app.config.session_life),
    };
    let mut tx = app.db.of(ANYWHERE).write().await?;
    still_the_same(&mut tx, &account).await?;
    sign_in_failures::forget(&mut tx, email_hash(&account.email)).await?;
    if let Some(fresh) = fresh {
        accounts::set_password(&mut tx, account.id, &fresh, now).await?;
    }
    sessions::insert(&mut tx, &session, token.hash()).await?;
    users::signed_in(&mut tx, account.id, now).await?;
    let memberships = memberships::shown(&mut tx, account.id).await?;
    tx.commit().await?;
    let idle_expire_time = session.idle_expire_time(span(app.config.session_idle));
    Ok((Shown { session, account, memberships, idle_expire_time }, token))
}

/// The password may have been changed while it was being checked; the old one must not win.
async fn still_the_same(tx: &mut Tx, account: &Account) -> Result<(), Refusal> {
    let stored = accounts::lock(tx, account.id).await?;
    stored.filter(|stored| stored.password == account.password).map(drop).ok_or_else(failed)
}

/// What failures are counted under: the table must not list whom somebody tried.
pub(in crate::app) fn email_hash(email: &Email) -> [u8; 32] {
    Sha256::digest(email.as_str()).into()
}

fn failed() -> Refusal {
    Refusal::new(Reason::SignInFailed, "the e-mail address or the password is wrong")
}

/// A new password makes the address free to be tried again.
pub(in crate::app) async fn forgive(tx: &mut Tx, email: &Email) -> Result<(), Refusal> {
    sign_in_failures::forget(tx, email_hash(email)).await?;
    Ok(())
}
