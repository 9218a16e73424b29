//! Links for pending users, asked for by license-svc; for others the reason why not (Q7).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::identity::v1::Permission;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::invitations::{self, Letter};
use crate::app::organizations::locked_to_invite;
use crate::app::{App, Reply, actor, span};
use crate::domain::mail::Occasion;
use crate::domain::user::User;
use crate::store::users::sets;

/// Which users are invited, and why.
pub struct Request {
    /// Where.
    pub organization: Uuid,
    /// Who.
    pub users: Vec<Uuid>,
    /// The product they are invited to; none = the account itself.
    pub product: Option<String>,
}

/// Invites, but for those whose last mail was asked for a moment ago and whose link is good; answers each user
/// as it was found, in the order of the question.
pub async fn issue<M: Message>(
    app: &App,
    caller: &Caller,
    request: Request,
    call: once::Call,
    show: impl Fn(&[Option<User>]) -> M,
) -> Result<Reply<M>, Refusal> {
    let tenant = app.require(caller, Permission::UsersEdit, request.organization).await?;
    let now = app.clock.now();
    let mut tx = app.db.of(tenant.with_key_of(caller)).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let issued = send(app, &mut tx, caller, &request, now).await;
    app.settle(tx, &call, issued.map(|users| show(&users))).await
}

async fn send(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Vec<Option<User>>, Refusal> {
    let organization = locked_to_invite(tx, request.organization).await?;
    let found = sets::find(tx, organization.id, &request.users).await?;
    let users: HashMap<Uuid, User> = found.into_iter().map(|user| (user.id, user)).collect();
    let inviter = actor::display_name(tx, caller).await?;
    let occasion = match &request.product {
        Some(product) => Occasion::License { product },
        None => Occasion::Activation,
    };
    let letter = Letter { organization: &organization, occasion, inviter: &inviter };
    // A licence that is switched off and on again is no second mail: the last link is still good.
    let has_good_link = |user: &&User| {
        user.invitation.is_out() && user.invitation.cools_down(now, span(app.config.send_cooldown))
    };
    let invited: Vec<&User> = users.values().filter(|user| !has_good_link(user)).collect();
    invitations::send(app, tx, letter, &invited, now).await?;
    Ok(request.users.iter().map(|id| users.get(id).cloned()).collect())
}
