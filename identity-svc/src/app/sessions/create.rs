//! Sign-in. Unknown address, wrong password and nobody active give the same answer after the same work.

use platform::db::Tx;
use proto::refusal::{Reason, Refusal};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{ANYWHERE, Shown, device};
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

/// A session that has just begun.
pub struct Begun {
    /// The session.
    pub shown: Shown,
    /// Its token.
    pub token: Secret,
    /// What the device shows at its next sign-in: see device.rs.
    pub device_token: String,
}

/// What was typed.
struct Attempt {
    email: Email,
    /// None when it is longer than any password that was accepted.
    typed: Option<Password>,
    device_token: String,
    user_agent: String,
}

/// Signs somebody in. A try that was counted is also judged: it comes to its end although its caller went
/// away, or a hundred who hang up while the hash is at work would shut somebody's address.
///
/// # Errors
/// SIGN_IN_FAILED for every cause; RATE_LIMITED when this address was tried too often, known or not, and on this
/// device too where that is known, or when too many sign in at once.
pub async fn create(
    app: &App,
    email: &str,
    password: &str,
    device_token: &str,
    user_agent: &str,
) -> Result<Begun, Refusal> {
    let attempt = Attempt {
        email: Email::parse(email).map_err(|_| failed())?,
        typed: Password::attempt(password),
        device_token: device_token.to_owned(),
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

async fn judge(app: &App, attempt: Attempt) -> Result<Begun, Refusal> {
    let Attempt { email, typed, device_token, user_agent } = attempt;
    let (account, counter) = begin_try(app, &email, &device_token).await?;
    let stored = account.as_ref().map(|account| &account.password);
    // A password longer than any that was accepted is wrong, but costs what every other wrong one does.
    let checked = app.hasher.check(typed.clone().unwrap_or_else(Password::none), stored).await;
    let begun = match (account, typed, &checked) {
        (Some(account), Some(password), Ok(check @ (Check::Right | Check::RightButDated))) => {
            let_in(app, account, password, *check, counter, user_agent).await
        }
        _ => Ok(None),
    };
    let (was_checked, refusal) = match begun {
        Ok(Some(begun)) => return Ok(begun),
        Ok(None) => (checked.is_ok(), checked.err().unwrap_or_else(failed)),
        Err(refusal) => (false, refusal),
    };
    end_failed_try(app, counter, was_checked).await?;
    Err(refusal)
}

/// Counts the try before its password is looked at: tries at the same time cannot slip by. Answers whose password
/// it must be, and what the try was counted under.
async fn begin_try(
    app: &App,
    email: &Email,
    device_token: &str,
) -> Result<(Option<Account>, [u8; 32]), Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let account = accounts::find_by_email(&mut tx, email).await?;
    let device = account.as_ref().and_then(|account| device::counter(app, account, device_token, now));
    let mut counter = device.unwrap_or_else(|| email_hash(email));
    let mut failures = sign_in_failures::lock(&mut tx, counter, now).await?;
    if device.is_some() && failures.pause(now).is_some() {
        // A device that is used up is one like any other, or whoever had it would keep its owner out of it.
        counter = email_hash(email);
        failures = sign_in_failures::lock(&mut tx, counter, now).await?;
    }
    if let Some(pause) = failures.pause(now) {
        let message = "too many tries for this address: wait, or ask for a new password";
        return Err(
            Refusal::new(Reason::RateLimited, message).retry_after(pause.to_std().unwrap_or_default())
        );
    }
    failures.attempts += 1;
    sign_in_failures::update(&mut tx, counter, &failures, now).await?;
    tx.commit().await?;
    Ok((account, counter))
}

/// A try that never reached the hash, because too many waited, is no failure of the person.
async fn end_failed_try(app: &App, counter: [u8; 32], was_checked: bool) -> Result<(), Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let failures = sign_in_failures::lock(&mut tx, counter, now).await?;
    let failures = if was_checked { failures.failed(now) } else { failures.shed() };
    sign_in_failures::update(&mut tx, counter, &failures, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The session of somebody whose password is right; none when no user of theirs may come in.
async fn let_in(
    app: &App,
    account: Account,
    password: Password,
    check: Check,
    counter: [u8; 32],
    user_agent: String,
) -> Result<Option<Begun>, Refusal> {
    if !is_admitted(app, &account).await? {
        return Ok(None);
    }
    let fresh = match check {
        // Where too many wait, the next sign-in renews it.
        Check::RightButDated => app.hasher.hash(password).await.ok(),
        Check::Right | Check::Wrong => None,
    };
    begin_session(app, account, fresh, counter, user_agent).await
}

async fn is_admitted(app: &App, account: &Account) -> Result<bool, Refusal> {
    let mut tx = app.db.of(ANYWHERE).read().await?;
    Ok(memberships::admits(&mut tx, account.id).await?)
}

/// Begins anew only where the try was counted: a success on a known device does not forgive what was tried elsewhere,
/// or whoever guesses there had a hundred tries more after each.
async fn begin_session(
    app: &App,
    mut account: Account,
    fresh: Option<StoredHash>,
    counter: [u8; 32],
    user_agent: String,
) -> Result<Option<Begun>, Refusal> {
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
    sign_in_failures::forget(&mut tx, counter).await?;
    if let Some(fresh) = fresh {
        accounts::set_password(&mut tx, account.id, &fresh, now).await?;
        account.password = fresh;
    }
    sessions::insert(&mut tx, &session, token.hash()).await?;
    users::signed_in(&mut tx, account.id, now).await?;
    let memberships = memberships::shown(&mut tx, account.id).await?;
    let device_token = device::token(app, &account, now)?;
    tx.commit().await?;
    let idle_expire_time = session.idle_expire_time(span(app.config.session_idle));
    let shown = Shown { session, account, memberships, idle_expire_time };
    Ok(Some(Begun { shown, token, device_token }))
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
