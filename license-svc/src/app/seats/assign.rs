//! Toggle on (B8): one seat, and only then the invitation or the notice.

use platform::caller::Caller;
use platform::once;
use proto::identity::v1::{Permission, user};
use proto::license::v1::Seat;
use proto::name;
use proto::refusal::{Reason, Refusal};

use super::queue::Entry;
use crate::app::directory::Directory;
use crate::app::{App, Error, Reply, actor};

/// The user holds a seat from now on; one who holds one keeps it and hears nothing.
pub async fn assign(
    app: &App,
    caller: &Caller,
    name: name::Seat,
    call: once::Call,
) -> Result<Reply<Seat>, Error> {
    let tenant = app.require(caller, Permission::LicensesEdit, name.organization).await?;
    app.sold(name.product.as_str(), "name")?;
    let directory = Directory(app.peers.relay("identity", caller)?);
    let user = directory.user(&name::User { organization: name.organization, user: name.user }).await?;
    if user.state() == user::State::Deactivated {
        return Err(Refusal::new(Reason::UserDeactivated, "the user is deactivated").into());
    }
    app.queue.assign(tenant, Entry { name, user, actor: actor(caller), call }).await
}
