//! A dead link is no dead end (Q4): whoever holds one has another mailed to the buyer.

use chrono::TimeDelta;
use platform::db;

use super::{BY_TOKEN, pay};
use crate::app::{App, Error};
use crate::domain::link::Token;
use crate::domain::purchase::State;
use crate::store::{purchase_links, purchases};

/// The least time between two links of a purchase of which the second was asked for here: a mail may be
/// lost, so the newest link need not be dead.
const PAUSE: TimeDelta = TimeDelta::minutes(5);

/// So many links of a purchase go out in a day at most: nobody floods the buyer.
const MOST_A_DAY: i64 = 5;

/// Mails another link, if this one has expired and its purchase still waits to be mapped. One answer for
/// all causes.
pub async fn renew(app: &App, token: Option<&Token>) -> Result<(), Error> {
    let Some(token) = token else { return Ok(()) };
    let now = app.clock.now();
    // A guess does not get as far as the writer.
    let found = {
        let mut tx = app.db.of(BY_TOKEN).look().await?;
        purchase_links::find(&mut tx, token.hash()).await?
    };
    let Some(link) = found.filter(|link| now >= link.expire_time) else { return Ok(()) };
    let mut tx = app.db.of(BY_TOKEN).write().await?;
    let gone = || db::Error::broken("purchase_links.purchase_id", "there is no such purchase");
    let purchase = purchases::lock(&mut tx, link.purchase).await?.ok_or_else(gone)?;
    if purchase.state != State::Paid {
        return Ok(());
    }
    let newest = pay::newest(&mut tx, &purchase).await?;
    if now < newest.create_time + PAUSE {
        return Ok(());
    }
    if purchase_links::since(&mut tx, purchase.id, now - TimeDelta::days(1)).await? >= MOST_A_DAY {
        return Ok(());
    }
    pay::mail(app, &mut tx, &purchase, newest.generation + 1, now).await?;
    tx.commit().await?;
    Ok(())
}
