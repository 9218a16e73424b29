//! An expired link is no dead end (N9): whoever holds it gets a fresh one by mail, at the same address.

use chrono::{DateTime, Utc};
use platform::db::Tx;
use proto::refusal::{Reason, Refusal};

use super::{BY_TOKEN, find, invited};
use crate::app::invitations::{self, Letter};
use crate::app::links::request_reset;
use crate::app::sessions::create::email_hash;
use crate::app::{App, span};
use crate::domain::link::{Link, Purpose, Subject};
use crate::domain::mail::Occasion;
use crate::store::{accounts, mail_requests, organizations};

/// Mails a fresh link, if this one has expired and its invitation still waits. One answer for all causes.
pub async fn renew(app: &App, token: &str) -> Result<(), Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(BY_TOKEN).write().await?;
    let Some(link) = expired(&mut tx, token, now).await? else { return Ok(()) };
    let before = now - span(app.config.send_cooldown);
    if !mail_requests::admit(&mut tx, email_hash(&link.email), before, now).await? {
        return Ok(());
    }
    match link.purpose {
        Purpose::Activate => invite_again(app, &mut tx, &link, now).await?,
        Purpose::Reset => {
            if let Some(account) = accounts::find_by_email(&mut tx, &link.email).await? {
                request_reset::send(app, &mut tx, &account, now).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn expired(tx: &mut Tx, token: &str, now: DateTime<Utc>) -> Result<Option<Link>, Refusal> {
    let link = match find(tx, token).await {
        Ok(link) => link,
        Err(refusal) if refusal.reason == Reason::LinkUnknown => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    let is_expired = link.check(now).is_err_and(|refusal| refusal.reason == Reason::LinkExpired);
    Ok(is_expired.then_some(link))
}

async fn invite_again(app: &App, tx: &mut Tx, link: &Link, now: DateTime<Utc>) -> Result<(), Refusal> {
    if let Subject::User { organization, .. } = link.subject {
        organizations::lock(tx, organization).await?;
    }
    let (organization, user) = match invited(tx, link, true).await {
        Ok(found) => found,
        Err(refusal) if matches!(refusal.reason, Reason::LinkRevoked | Reason::LinkUnknown) => return Ok(()),
        Err(refusal) => return Err(refusal),
    };
    let letter = Letter { organization: &organization, occasion: Occasion::Activation, inviter: "" };
    invitations::send(app, tx, letter, &[&user], now).await
}
