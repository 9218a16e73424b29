//! "I forgot my password": always the same answer after the same work, known address or not.

use chrono::{DateTime, Utc};
use platform::db::Tx;
use platform::outbox;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::sessions::ANYWHERE;
use crate::app::sessions::create::email_hash;
use crate::app::{App, broken, new_secret, span};
use crate::domain::account::Account;
use crate::domain::email::Email;
use crate::domain::events;
use crate::domain::link::{Link, Purpose, Subject};
use crate::domain::mail::{self, SealedLink};
use crate::store::{accounts, links, mail_requests, memberships};

/// Mails a link to an address that can sign in; at most one a minute.
pub async fn request(app: &App, email: &str) -> Result<(), Refusal> {
    let email = Email::parse(email).map_err(|problem| Refusal::field("email", problem.to_string()))?;
    let now = app.clock.now();
    let mut tx = app.db.of(ANYWHERE).write().await?;
    let before = now - span(app.config.send_cooldown);
    let admitted = mail_requests::admit(&mut tx, email_hash(&email), before, now).await?;
    let account = accounts::find_by_email(&mut tx, &email).await?;
    if let Some(account) = account.filter(|_| admitted) {
        send(app, &mut tx, &account, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The link and its mail, unless every user of the account is deactivated.
pub(super) async fn send(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if !memberships::admits(tx, account.id).await? {
        return Ok(());
    }
    let token = new_secret(Purpose::Reset.prefix())?;
    let expire_time = now + span(app.config.reset_life);
    let link = Link {
        hash: token.hash(),
        purpose: Purpose::Reset,
        subject: Subject::Account(account.id),
        email: account.email.clone(),
        generation: 1,
        create_time: now,
        expire_time,
        used_time: None,
        revoked_time: None,
    };
    links::insert(tx, &[link]).await?;
    let key = mail::reset_key(Uuid::now_v7());
    let sealed = app.keys.seal(token.expose().as_bytes(), key.as_bytes());
    let sealed = sealed.map_err(|error| broken("a link cannot be sealed", &error))?;
    let link = SealedLink { token: sealed, expire_time };
    let event = mail::password_reset(Uuid::now_v7(), account, key, link, now);
    outbox::put(tx, &event, events::SUBSCRIBERS_OF_MAIL, now).await?;
    Ok(())
}
