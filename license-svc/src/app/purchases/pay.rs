//! The payment is confirmed: the link is made and its mail goes out with the commit (A1).

use chrono::{DateTime, Utc};
use platform::db::{self, Tx};
use platform::outbox;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::{App, Error};
use crate::domain::events::{self, PurchaseMail};
use crate::domain::link::Token;
use crate::domain::purchase::{Purchase, State};
use crate::store::purchase_links::{self, Link};
use crate::store::purchases;

/// The one link that goes out with the payment.
const FIRST: i64 = 1;

/// PENDING_PAYMENT becomes PAID. The purchase is locked by the caller.
pub async fn pay(app: &App, tx: &mut Tx, purchase: &mut Purchase, now: DateTime<Utc>) -> Result<(), Error> {
    purchase.state = State::Paid;
    if !purchases::update(tx, purchase, None, now).await? {
        return Err(db::Error::broken("purchases.version", "it changed under the lock").into());
    }
    let token = Token::of(random()?);
    let link = Link { purchase: purchase.id, expire_time: now + app.link_life };
    purchase_links::insert(tx, token.hash(), &link, FIRST, now).await?;
    let context = events::purchase_dedupe_key(purchase.id, FIRST);
    let sealed = app.keys.seal(token.expose().as_bytes(), context.as_bytes());
    let mail = PurchaseMail {
        id: Uuid::now_v7(),
        purchase,
        generation: FIRST,
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
