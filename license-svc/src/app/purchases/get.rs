//! A shop looks at what it recorded.

use platform::caller::Caller;
use proto::name;
use proto::refusal::Refusal;

use super::OF_A_SHOP;
use crate::app::{App, Error};
use crate::domain::purchase::Purchase;
use crate::store::purchases;

/// The purchase; NOT_FOUND for that of another shop.
pub async fn get(app: &App, caller: &Caller, name: &name::Purchase) -> Result<Purchase, Error> {
    let shop = super::shop(app, caller).await?;
    let found = purchases::find(&mut app.db.of(OF_A_SHOP).look().await?, name.purchase).await?;
    let own = found.filter(|purchase| purchase.shop == shop);
    own.ok_or_else(|| Refusal::not_found(name.to_string()).into())
}
