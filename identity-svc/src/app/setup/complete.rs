//! Redeems the setup link: the first organization and its Owner.

use chrono::{DateTime, Utc};
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::organizations::found::{Founding, found};
use crate::app::organizations::{Shown, UNBORN};
use crate::app::{App, Reply};
use crate::domain::account::Account;
use crate::domain::email::Email;
use crate::domain::link;
use crate::domain::name::Name;
use crate::domain::password::Password;
use crate::domain::role::Role;
use crate::domain::secret::{Prefix, Secret};
use crate::domain::stored_hash::StoredHash;
use crate::domain::user::User;
use crate::store::{accounts, organizations, setup_links};

/// What the setup page asks for; checked.
pub struct Setup {
    /// The link's token.
    pub token: String,
    /// The organization's name.
    pub organization_display_name: String,
    /// The Owner's address.
    pub email: Email,
    /// The Owner's name.
    pub name: Name,
    /// The Owner's password.
    pub password: Password,
}

/// Makes both, once, while there is no organization.
///
/// # Errors
/// LINK_UNKNOWN, LINK_USED, LINK_REVOKED or LINK_EXPIRED for a link that is not good (any more).
pub async fn complete<M: Message>(
    app: &App,
    setup: Setup,
    call: once::Call,
    show: impl Fn(&Shown, &User) -> M,
) -> Result<Reply<M>, Refusal> {
    let token = Secret::parse(Prefix::Setup, setup.token.trim()).ok_or_else(link::unknown)?;
    let password = app.hasher.hash(setup.password.clone()).await?;
    let now = app.clock.now();
    let mut tx = app.db.of(UNBORN).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let done = first(&mut tx, setup, &token, password, now).await;
    app.settle(tx, &call, done.map(|(organization, user)| show(&organization, &user))).await
}

async fn first(
    tx: &mut Tx,
    setup: Setup,
    token: &Secret,
    password: StoredHash,
    now: DateTime<Utc>,
) -> Result<(Shown, User), Refusal> {
    if !setup_links::redeem(tx, token.hash(), now).await? {
        let fate = setup_links::fate(tx, token.hash()).await?.ok_or_else(link::unknown)?;
        fate.check(now)?;
        return Err(link::revoked());
    }
    if organizations::any(tx).await? {
        return Err(link::revoked());
    }
    let display_name = setup.name.display.clone();
    let owner = Account { id: Uuid::now_v7(), email: setup.email, password, display_name, create_time: now };
    if !accounts::insert(tx, &owner).await? {
        return Err(link::unknown());
    }
    let founding = Founding {
        display_name: setup.organization_display_name,
        default_language_code: String::new(),
        parent: None,
        owner: &owner,
        owner_name: setup.name,
    };
    let (organization, user) = found(tx, founding, now).await?;
    Ok((Shown { organization, caller_role: Some(Role::Owner), caller_may_edit: true }, user))
}
