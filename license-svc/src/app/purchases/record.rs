//! A shop tells of an order, perhaps more than once (N12).

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::{self, Tx};
use platform::once::{self, Answer};
use proto::license::v1;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::{OF_A_SHOP, pay};
use crate::app::{App, Error, Reply};
use crate::domain::purchase::{Order, Purchase, State};
use crate::store::purchases;

/// Records the order. The same order again answers the same purchase, and if the shop says that it is paid
/// does what [`pay::pay`] does; an order with other contents is refused.
pub async fn record(
    app: &App,
    caller: &Caller,
    order: Order,
    call: once::Call,
    show: impl Fn(&Purchase) -> v1::Purchase,
) -> Result<Reply<v1::Purchase>, Error> {
    let shop = super::shop(app, caller).await?;
    let now = app.clock.now();
    let mut tx = app.db.of(OF_A_SHOP).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let mut purchase = find_or_insert(&mut tx, shop, &order, now).await?;
    if !purchase.is_of(&order) {
        let text = format!("order {} was recorded with other contents", order.order_number);
        let refusal = Refusal::new(Reason::OrderDiffers, text);
        once::store(&mut tx, &call, &Answer::refusal(refusal.clone())).await?;
        tx.commit().await?;
        return Err(refusal.into());
    }
    if order.paid {
        pay::pay(app, &mut tx, &mut purchase, now).await?;
    }
    let shown = show(&purchase);
    once::store(&mut tx, &call, &Answer::reply(&shown)).await?;
    tx.commit().await?;
    Ok(Reply::Fresh(shown))
}

async fn find_or_insert(
    tx: &mut Tx,
    shop: Uuid,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<Purchase, Error> {
    let new = Purchase {
        id: Uuid::now_v7(),
        shop,
        order_number: order.order_number.clone(),
        buyer: order.buyer.clone(),
        state: State::PendingPayment,
        lines: order.lines.clone(),
        target: None,
        mapped_by: None,
        organization: None,
        version: 1,
        create_time: now,
    };
    if purchases::insert(tx, &new).await? {
        return Ok(new);
    }
    let gone = || db::Error::broken("purchases", "an order is there and cannot be found");
    let id = purchases::id_of_order(tx, shop, &order.order_number).await?.ok_or_else(gone)?;
    Ok(purchases::lock(tx, id).await?.ok_or_else(gone)?)
}
