//! A new user in an organization (C3-C13, G4-G10).

mod group;

use std::time::Duration;

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::{Scope, Tx};
use platform::once;
use platform::outbox;
use platform::serve::{Group, Spawner};
use proto::identity::v1::{Permission, User};
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use crate::app::actor::{self, Actor};
use crate::app::invitations::{self, Letter};
use crate::app::{App, Reply};
use crate::domain::account::Account;
use crate::domain::email::Email;
use crate::domain::events;
use crate::domain::invitation;
use crate::domain::mail::Occasion;
use crate::domain::organization::Organization;
use crate::domain::password::Password;
use crate::domain::profile::Profile;
use crate::domain::role::Role;
use crate::domain::stored_hash::StoredHash;
use crate::domain::user::{Placed, User as Made};
use crate::store::{accounts, users};

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

/// One caller's wish.
pub struct Entry {
    caller: Caller,
    actor: Actor,
    new: New,
    password: Option<StoredHash>,
    call: once::Call,
    show: Show,
}

/// How the answer looks.
pub type Show = fn(&Placed, DateTime<Utc>) -> User;

/// Callers that wait for the users of one organization, seen from one scope.
pub type Queue = Group<Scope, Entry, Outcome>;

type Outcome = Result<Reply<User>, Refusal>;

/// The most users of one commit.
const MOST: usize = 64;

/// How long callers that came during a commit wait for more: those that it answered come again.
const GATHER: Duration = Duration::from_millis(1);

/// Nobody waits.
pub fn queue(spawner: &Spawner) -> Queue {
    Group::new("identity.create", spawner, MOST).gathering(GATHER)
}

/// Makes the user, together with those that others ask for at the same time: the directory's version is one
/// row of the organization, which each commit has to itself.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: New,
    call: once::Call,
    show: Show,
) -> Result<Reply<User>, Refusal> {
    let actor = app.actor(caller, Permission::UsersEdit, new.organization).await?;
    let password = match &new.onboarding {
        Onboarding::Password(password) => Some(app.hasher.hash(password.clone()).await?),
        Onboarding::InviteNow | Onboarding::Wait => None,
    };
    let scope = actor.tenant.with_key_of(caller);
    let entry = Entry { caller: caller.clone(), actor, new, password, call, show };
    let (worker, seen) = (app.clone(), scope.clone());
    let work = move |batch| group::all(worker.clone(), seen.clone(), batch);
    let stopped =
        || Err(Refusal::new(Reason::Draining, "the work was cut off: the process is stopping, or it failed"));
    app.creating.join(scope, entry, work).await.unwrap_or_else(stopped)
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    entry: &Entry,
    organization: &Organization,
    now: DateTime<Utc>,
) -> Result<Placed, Refusal> {
    let user = drafted(tx, entry, organization, now).await?;
    if !users::insert(tx, &user).await? {
        return Err(in_use(tx, &user).await?);
    }
    tell_of_inactive(tx, &[&user], now).await?;
    invited(app, tx, entry, user, organization, now).await
}

async fn drafted(
    tx: &mut Tx,
    entry: &Entry,
    organization: &Organization,
    now: DateTime<Utc>,
) -> Result<Made, Refusal> {
    let Entry { actor, new, password, .. } = entry;
    if !actor.rank.may_grant(new.role, organization.admins_may_grant_admin) {
        return Err(role_not_allowed(new.role));
    }
    let mut user = Made {
        profile: new.profile.clone(),
        role: new.role,
        active: new.active,
        portal_access: new.portal_access,
        ..Made::new(organization.id, Uuid::now_v7(), new.email.clone(), now)
    };
    if let Some(password) = password.clone() {
        accept_at_once(tx, &mut user, password, now).await?;
    }
    Ok(user)
}

/// Who is made without the Active box is switched off from the start: those who follow users hear it as they
/// would of a user whose box is cleared later.
async fn tell_of_inactive(tx: &mut Tx, made: &[&Made], now: DateTime<Utc>) -> Result<(), Refusal> {
    let inactive = made.iter().filter(|user| !user.active);
    let told: Vec<_> = inactive.map(|user| events::user_deactivated(Uuid::now_v7(), user, now)).collect();
    outbox::put_all(tx, &told, events::SUBSCRIBERS_OF_USERS, now).await?;
    Ok(())
}

/// The user, mailed at once if that is wished.
async fn invited(
    app: &App,
    tx: &mut Tx,
    entry: &Entry,
    mut user: Made,
    organization: &Organization,
    now: DateTime<Utc>,
) -> Result<Placed, Refusal> {
    if entry.new.onboarding == Onboarding::InviteNow {
        let inviter = actor::display_name(tx, &entry.caller).await?;
        let letter = Letter { organization, occasion: Occasion::Activation, inviter: &inviter };
        invitations::send(app, tx, letter, &[&user], now).await?;
        user = users::find(tx, organization.id, user.id).await?.unwrap_or(user);
    }
    Ok(Placed::of(user, organization))
}

/// C13: can log in at once. When the address has an account already, its password is its owner's: the user
/// waits for them like any other, and nothing of that account shows (Q13).
pub(super) async fn accept_at_once(
    tx: &mut Tx,
    user: &mut Made,
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
pub(super) async fn in_use(tx: &mut Tx, user: &Made) -> Result<Refusal, Refusal> {
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
