//! The payment is confirmed: the link is made and its mail goes out with the commit (A1). Told again after the
//! link's end, it makes another (Q4).

use chrono::{DateTime, Utc};
use platform::db::{self, Tx};
use platform::outbox;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::{App, Error};
use crate::domain::events::{self, PurchaseMail};
use crate::domain::link::Token;
use crate::domain::purchase::{Purchase, State};
use crate::store::purchase_links::{self, Link, Newest};
use crate::store::purchases;

/// The link that goes out with the payment.
const FIRST: i64 = 1;

/// PENDING_PAYMENT becomes PAID. A purchase that is PAID gets another link when the last one is dead: the
/// purchase itself never expires (Q4). It is locked by the caller.
pub async fn pay(app: &App, tx: &mut Tx, purchase: &mut Purchase, now: DateTime<Utc>) -> Result<(), Error> {
    match purchase.state {
        State::PendingPayment => {
            purchase.state = State::Paid;
            if !purchases::update(tx, purchase, None, now).await? {
                return Err(db::Error::broken("purchases.version", "it changed under the lock").into());
            }
            mail(app, tx, purchase, FIRST, now).await
        }
        State::Paid => renew(app, tx, purchase, now).await,
        State::Mapping | State::Mapped => Ok(()),
    }
}

/// While a link works there is no other.
async fn renew(app: &App, tx: &mut Tx, purchase: &Purchase, now: DateTime<Utc>) -> Result<(), Error> {
    let newest = newest(tx, purchase).await?;
    if now < newest.expire_time {
        return Ok(());
    }
    mail(app, tx, purchase, newest.generation + 1, now).await
}

/// The link that went out last for a purchase that is PAID.
pub(super) async fn newest(tx: &mut Tx, purchase: &Purchase) -> Result<Newest, Error> {
    let none = || db::Error::broken("purchase_links.purchase_id", "a paid purchase has no link");
    Ok(purchase_links::newest(tx, purchase.id).await?.ok_or_else(none)?)
}

/// Makes the purchase's link of that number; its mail goes out with the commit.
pub(super) async fn mail(
    app: &App,
    tx: &mut Tx,
    purchase: &Purchase,
    generation: i64,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let token = Token::of(random()?);
    let link = Link { purchase: purchase.id, expire_time: now + app.link_life };
    purchase_links::insert(tx, token.hash(), &link, generation, now).await?;
    let context = events::purchase_dedupe_key(purchase.id, generation);
    let sealed = app.keys.seal(token.expose().as_bytes(), context.as_bytes());
    let mail = PurchaseMail {
        id: Uuid::now_v7(),
        purchase,
        generation,
        sealed_token: sealed.map_err(|error| failed(&error))?,
        expire_time: link.expire_time,
    };
    let event = events::purchase_paid(mail, &app.catalog, now);
    outbox::put(tx, &event, events::SUBSCRIBERS_OF_MAIL, now).await?;
    Ok(())
}

fn random() -> Result<[u8; 32], Refusal> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}

fn failed(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a link cannot be made");
    Refusal::internal()
}
