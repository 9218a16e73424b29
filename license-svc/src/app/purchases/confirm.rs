//! The payment of a recorded order is confirmed later.

use platform::caller::Caller;
use platform::once::{self, Answer};
use proto::license::v1;
use proto::name;
use proto::refusal::Refusal;

use super::{OF_A_SHOP, pay};
use crate::app::{App, Error, Reply};
use crate::domain::purchase::Purchase;
use crate::store::purchases;

/// PENDING_PAYMENT becomes PAID; any later state stays. See [`pay::pay`].
pub async fn confirm(
    app: &App,
    caller: &Caller,
    name: &name::Purchase,
    call: once::Call,
    show: impl Fn(&Purchase) -> v1::Purchase,
) -> Result<Reply<v1::Purchase>, Error> {
    let shop = super::shop(app, caller).await?;
    let now = app.clock.now();
    let mut tx = app.db.of(OF_A_SHOP).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let found = purchases::lock(&mut tx, name.purchase).await?;
    let own = found.filter(|purchase| purchase.shop == shop);
    let mut purchase = own.ok_or_else(|| Refusal::not_found(name.to_string()))?;
    pay::pay(app, &mut tx, &mut purchase, now).await?;
    let shown = show(&purchase);
    once::store(&mut tx, &call, &Answer::reply(&shown)).await?;
    tx.commit().await?;
    Ok(Reply::Fresh(shown))
}
