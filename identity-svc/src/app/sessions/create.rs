//! Sign-in. Unknown address, wrong password and nobody active give the same answer after the same work.

use platform::db::Tx;
use proto::refusal::{Reason, Refusal};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
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

/// What was typed.
struct Attempt {
    email: Email,
    /// None when it is longer than any password that was accepted.
    typed: Option<Password>,
    user_agent: String,
}

/// Signs somebody in. A try that was counted is also judged: it comes to its end although its caller went
/// away, or a hundred who hang up while the hash is at work would shut somebody's address.
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
    let attempt = Attempt {
        email: Email::parse(email).map_err(|_| failed())?,
        typed: Password::attempt(password),
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect(),
    };
    let (sender, answer) = oneshot::channel();
    let worker = app.clone();
    app.spawner.task("identity.sign_in", async move {
        // A caller that went away needs no answer.
        drop(sender.send(judge(&worker, attempt).await));
    });
    answer.await.unwrap_or_else(|_| {
        Err(Refusal::new(Reason::Draining, "the work was cut off: the process is stopping, or it failed"))
    })
}

async fn judge(app: &App, attempt: Attempt) -> Result<(Shown, Secret), Refusal> {
    let Attempt { email, typed, user_agent } = attempt;
    let key = email_hash(&email);
    let account = begin_try(app, &email, key).await?;
    let stored = account.as_ref().map(|account| &account.password);
    // A password longer than any that was accepted is wrong, but costs what every other wrong one does.
    let checked = app.hasher.check(typed.clone().unwrap_or_else(Password::none), stored).await;
    let begun = match (account, typed, &checked) {
        (Some(account), Some(password), Ok(check @ (Check::Right | Check::RightButDated))) => {
            let_in(app, account, password, *check, user_agent).await
        }
        _ => Ok(None),
    };
    let (was_checked, refusal) = match begun {
        Ok(Some(begun)) => return Ok(begun),
        Ok(None) => (checked.is_ok(), checked.err().unwrap_or_else(failed)),
        Err(refusal) => (false, refusal),
    };
    end_failed_try(app, key, was_checked).await?;
    Err(refusal)
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

/// The session of somebody whose password is right; none when no user of theirs may come in.
async fn let_in(
    app: &App,
    account: Account,
    password: Password,
    check: Check,
    user_agent: String,
) -> Result<Option<(Shown, Secret)>, Refusal> {
    if !is_admitted(app, &account).await? {
        return Ok(None);
    }
    let fresh = match check {
        // Where too many wait, the next sign-in renews it.
        Check::RightButDated => app.hasher.hash(password).await.ok(),
        Check::Right | Check::Wrong => None,
    };
    begin_session(app, account, fresh, user_agent).await
}

async fn is_admitted(app: &App, account: &Account) -> Result<bool, Refusal> {
    let mut tx = app.db.of(ANYWHERE).read().await?;
    Ok(memberships::admits(&mut tx, account.id).await?)
}

async fn begin_session(
    app: &App,
    account: Account,
    fresh: Option<StoredHash>,
    user_agent: String,
) -> Result<Option<(Shown, Secret)>, Refusal> {
    let now = app.clock.now();
    let token = new_secret(Prefix::Session)?;
    let session = Session {
        id: Uuid::now_v7(),
        account: account.id,
        user_agent,
        create_time: now,
        last_use_time: now,
        expire_time: now + span(app.config.session_life),
    };
    let mut tx = app.db.of(ANYWHERE).write().await?;
    if !is_still_admitted(&mut tx, &account).await? {
        return Ok(None);
    }
    sign_in_failures::forget(&mut tx, email_hash(&account.email)).await?;
    if let Some(fresh) = fresh {
        accounts::set_password(&mut tx, account.id, &fresh, now).await?;
    }
    sessions::insert(&mut tx, &session, token.hash()).await?;
    users::signed_in(&mut tx, account.id, now).await?;
    let memberships = memberships::shown(&mut tx, account.id).await?;
    tx.commit().await?;
    let idle_expire_time = session.idle_expire_time(span(app.config.session_idle));
    Ok(Some((Shown { session, account, memberships, idle_expire_time }, token)))
}

/// While the password was being checked it may have been changed, and the old one must not win; or the person
/// may have been deactivated. Whoever does that locks the account as well before they end its sessions: they
/// find this one, or we see what they did.
async fn is_still_admitted(tx: &mut Tx, account: &Account) -> Result<bool, Refusal> {
    let stored = accounts::lock(tx, account.id).await?;
    let is_the_same = stored.is_some_and(|stored| stored.password == account.password);
    Ok(is_the_same && memberships::admits(tx, account.id).await?)
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
