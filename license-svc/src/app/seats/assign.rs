//! Toggle on (B8): one seat, and only then the invitation or the notice.

use platform::caller::Caller;
use platform::once;
use proto::identity::v1::Permission;
use proto::license::v1::Seat;
use proto::name;

use super::queue::Entry;
use crate::app::{App, Error, Reply};

/// The user holds a seat from now on; one who holds one keeps it and hears nothing.
pub async fn assign(
    app: &App,
    caller: &Caller,
    name: name::Seat,
    call: once::Call,
) -> Result<Reply<Seat>, Error> {
    let tenant = app.require(caller, Permission::LicensesEdit, name.organization).await?;
    app.sold(name.product.as_str(), "name")?;
    app.queue.assign(tenant, Entry { name, caller: caller.clone(), call }).await
}
