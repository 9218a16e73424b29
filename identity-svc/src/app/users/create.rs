//! A new user in an organization (C3-C13, G4-G10).

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::identity::v1::Permission;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use crate::app::actor::{self, Actor};
use crate::app::invitations::{self, Letter};
use crate::app::{App, Reply, organizations as at};
use crate::domain::account::Account;
use crate::domain::email::Email;
use crate::domain::invitation;
use crate::domain::mail::Occasion;
use crate::domain::password::Password;
use crate::domain::profile::Profile;
use crate::domain::role::Role;
use crate::domain::stored_hash::StoredHash;
use crate::domain::user::{Placed, User};
use crate::store::{accounts, organizations, users};

/// What follows (Q17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Onboarding {
    /// A mail at once.
    InviteNow,
    /// Pending, and nothing else happens.
    Wait,
    /// The admin sets this password; active at once.
    Password(Password),
}

/// Who is to be made; checked.
pub struct New {
    /// Where.
    pub organization: Uuid,
    /// None for a login-less user.
    pub email: Option<Email>,
    /// Name and the rest.
    pub profile: Profile,
    /// Member or Admin.
    pub role: Role,
    /// The Active box.
    pub active: bool,
    /// The Portal Access box.
    pub portal_access: bool,
    /// What follows.
    pub onboarding: Onboarding,
}

/// Makes the user.
pub async fn create<M: Message>(
    app: &App,
    caller: &Caller,
    new: New,
    call: once::Call,
    show: impl Fn(&Placed, DateTime<Utc>) -> M,
) -> Result<Reply<M>, Refusal> {
    let actor = app.actor(caller, Permission::UsersEdit, new.organization).await?;
    let password = match &new.onboarding {
        Onboarding::Password(password) => Some(app.hasher.hash(password.clone()).await?),
        Onboarding::InviteNow | Onboarding::Wait => None,
    };
    let now = app.clock.now();
    let mut tx = app.db.of(actor.tenant.with_key_of(caller)).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let created = insert(app, &mut tx, caller, &actor, new, password, now).await;
    app.settle(tx, &call, created.map(|placed| show(&placed, now))).await
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    actor: &Actor,
    new: New,
    password: Option<StoredHash>,
    now: DateTime<Utc>,
) -> Result<Placed, Refusal> {
    let organization = at::locked_to_add(tx, actor.tenant.organization()).await?;
    if !actor.rank.may_grant(new.role, organization.admins_may_grant_admin) {
        return Err(role_not_allowed(new.role));
    }
    let mut user = User {
        profile: new.profile,
        role: new.role,
        active: new.active,
        portal_access: new.portal_access,
        ..User::new(organization.id, Uuid::now_v7(), new.email, now)
    };
    if let Some(password) = password {
        accept_at_once(tx, &mut user, password, now).await?;
    }
    if !users::insert(tx, &user).await? {
        return Err(in_use(tx, &user).await?);
    }
    if new.onboarding == Onboarding::InviteNow {
        let inviter = actor::display_name(tx, caller).await?;
        let letter =
            Letter { organization: &organization, occasion: Occasion::Activation, inviter: &inviter };
        invitations::send(app, tx, letter, &[&user], now).await?;
        user = users::find(tx, organization.id, user.id).await?.unwrap_or(user);
    }
    // Last: from here to the commit nobody else can add a user.
    organizations::bump_directory(tx, organization.id).await?;
    Ok(Placed::of(user, &organization))
}

/// C13: can log in at once. When the address has an account already, its password is its owner's: the user
/// waits for them like any other, and nothing of that account shows (Q13).
pub(super) async fn accept_at_once(
    tx: &mut Tx,
    user: &mut User,
    password: StoredHash,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let Some(email) = user.email.clone() else { return Ok(()) };
    let display_name = user.profile.name.display.clone();
    let account = Account { id: Uuid::now_v7(), email, password, display_name, create_time: now };
    if accounts::insert(tx, &account).await? {
        user.account = Some(account.id);
        user.accepted_time = Some(now);
        user.invitation.state = invitation::State::Accepted;
    }
    Ok(())
}

/// Only ever about the same organization (Q13).
pub(super) async fn in_use(tx: &mut Tx, user: &User) -> Result<Refusal, Refusal> {
    let taken = match &user.email {
        Some(email) => users::find_by_email(tx, user.organization, email).await?,
        None => None,
    };
    let refusal = Refusal::new(Reason::EmailInUse, "the organization has a user with this e-mail address");
    Ok(match taken {
        Some(taken) => refusal.with("resource", taken.name().to_string()),
        None => refusal,
    })
}

/// Q1: above the own role, or never granted.
pub(super) fn role_not_allowed(role: Role) -> Refusal {
    Refusal::new(Reason::RoleNotAllowed, format!("you may not give the role {role}"))
        .with("role", format!("ROLE_{role}"))
}
