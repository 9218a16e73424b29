//! Licence chips for a list of users.

use platform::caller::Caller;
use proto::identity::v1::Permission;
use proto::name;
use uuid::Uuid;

use crate::app::{App, Error};
use crate::store::seats;

/// The products of each user who holds any, in the order of users and products.
pub async fn batch_get(
    app: &App,
    caller: &Caller,
    parent: &name::Organization,
    users: &[Uuid],
) -> Result<Vec<(Uuid, Vec<String>)>, Error> {
    let tenant = app.require(caller, Permission::LicensesView, parent.organization).await?;
    let found = seats::products(&mut app.db.of(tenant).look().await?, tenant, users).await?;
    let mut by_user: Vec<(Uuid, Vec<String>)> = Vec::new();
    for (user, product) in found {
        match by_user.last_mut() {
            Some((last, products)) if *last == user => products.push(product),
            _ => by_user.push((user, vec![product])),
        }
    }
    Ok(by_user)
}
