//! The edit form (D5, D6, D9-D13): fields, the three boxes, address and password, in one transaction.

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::{once, outbox};
use prost::Message;
use proto::events::v1::Event;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::create::role_not_allowed;
use super::{email, password};
use crate::app::actor::Actor;
use crate::app::organizations::locked;
use crate::app::{App, Reply};
use crate::domain::email::Email;
use crate::domain::events;
use crate::domain::organization::Organization;
use crate::domain::profile::Changes;
use crate::domain::role::Role;
use crate::domain::stored_hash::StoredHash;
use crate::domain::user::{Kind, Placed, User, takes_last_owner};
use crate::store::{accounts, links, organizations, sessions, users};

/// What is to change; an unset field stays.
pub struct Edit {
    /// Who.
    pub name: name::User,
    /// The version that was edited; empty = whatever is there.
    pub etag: String,
    /// Another address.
    pub email: Option<Email>,
    /// Name and the rest.
    pub profile: Changes,
    /// The Admin box, as a role (Q16).
    pub role: Option<Role>,
    /// The Active box.
    pub active: Option<bool>,
    /// The Portal Access box.
    pub portal_access: Option<bool>,
    /// A new password, as typed (D5); empty = as it is.
    pub password: String,
}

/// One edit under way: who does it, where, to whom.
pub(super) struct Editing<'a> {
    pub(super) caller: &'a Caller,
    pub(super) actor: &'a Actor,
    pub(super) organization: &'a Organization,
    pub(super) before: &'a User,
    pub(super) now: DateTime<Utc>,
}

/// Changes the user. Clearing `active` ends every session before this answers.
pub async fn update<M: Message>(
    app: &App,
    caller: &Caller,
    edit: Edit,
    call: once::Call,
    show: impl Fn(&Placed, DateTime<Utc>) -> M,
) -> Result<Reply<M>, Refusal> {
    let actor = app.actor(caller, Permission::UsersEdit, edit.name.organization).await?;
    let password = password::prepare(app, actor.tenant, &edit).await?;
    let now = app.clock.now();
    let mut tx = app.db.of(actor.tenant).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let updated = apply(&mut tx, caller, &actor, &edit, password, now).await;
    app.settle(tx, &call, updated.map(|placed| show(&placed, now))).await
}

async fn apply(
    tx: &mut Tx,
    caller: &Caller,
    actor: &Actor,
    edit: &Edit,
    password: Option<StoredHash>,
    now: DateTime<Utc>,
) -> Result<Placed, Refusal> {
    if let Some(email) = &edit.email {
        email::lock_organizations(tx, &edit.name, email).await?;
    }
    let organization = locked(tx, actor.tenant.organization()).await?;
    let before = users::lock(tx, organization.id, edit.name.user).await?;
    let before = before.ok_or_else(|| Refusal::not_found(edit.name.to_string()))?;
    if !edit.etag.is_empty() && edit.etag != before.etag() {
        return Err(Refusal::new(Reason::EtagMismatch, "somebody changed this user in between")
            .with("resource", edit.name.to_string())
            .with("currentEtag", before.etag()));
    }
    let mut after = edited(edit, &before)?;
    let editing = Editing { caller, actor, organization: &organization, before: &before, now };
    editing.refuse_overreach(&after, password.is_some())?;
    let mut told = Vec::new();
    if after.email != before.email {
        email::change(&editing, tx, &mut after, &mut told).await?;
    }
    if let Some(password) = password {
        password::change(&editing, tx, &mut after, password, &mut told).await?;
    }
    if after == before && told.is_empty() {
        return Ok(Placed::of(before, &organization));
    }
    // Counting walks through all users of the organization: only where the answer can matter.
    let others = match before.is_active_owner() {
        true => users::other_active_owners(tx, organization.id, before.id).await?,
        false => 0,
    };
    if takes_last_owner(&before, &after, others) {
        return Err(Refusal::new(Reason::LastOwner, "an organization keeps at least one active Owner"));
    }
    editing.switch(tx, &mut after, &mut told).await?;
    after.update_time = now;
    users::update(tx, &after).await?;
    after.version += 1;
    organizations::bump_directory(tx, organization.id).await?;
    send(tx, &told, now).await?;
    Ok(Placed::of(after, &organization))
}

fn edited(edit: &Edit, before: &User) -> Result<User, Refusal> {
    if before.kind == Kind::Loginless && (edit.email.is_some() || edit.portal_access == Some(true)) {
        let message = "a user without login has neither an e-mail address nor portal access";
        return Err(Refusal::new(Reason::UserHasNoEmail, message));
    }
    Ok(User {
        email: edit.email.clone().or_else(|| before.email.clone()),
        profile: edit.profile.applied_to(&before.profile),
        role: edit.role.unwrap_or(before.role),
        active: edit.active.unwrap_or(before.active),
        portal_access: edit.portal_access.unwrap_or(before.portal_access),
        ..before.clone()
    })
}

impl Editing<'_> {
    /// Q1, Q27: nobody gives a role they may not give, and nobody touches role, boxes, address or password
    /// of somebody above them.
    fn refuse_overreach(&self, after: &User, password_changes: bool) -> Result<(), Refusal> {
        let (before, rank) = (self.before, self.actor.rank);
        let boxes_change = (before.active, before.portal_access) != (after.active, after.portal_access);
        let sensitive =
            boxes_change || password_changes || before.email != after.email || before.role != after.role;
        if sensitive && !rank.may_change(before.role) {
            return Err(role_not_allowed(before.role));
        }
        let setting = self.organization.admins_may_grant_admin;
        if before.role != after.role && !rank.may_grant(after.role, setting) {
            return Err(role_not_allowed(after.role));
        }
        Ok(())
    }

    /// What follows from the Active box.
    async fn switch(&self, tx: &mut Tx, after: &mut User, told: &mut Vec<Told>) -> Result<(), Refusal> {
        if self.before.active == after.active {
            return Ok(());
        }
        if after.active {
            told.push(Told::Users(events::user_reactivated(Uuid::now_v7(), after, self.now)));
            return Ok(());
        }
        told.push(Told::Users(events::user_deactivated(Uuid::now_v7(), after, self.now)));
        after.invitation = after.invitation.revoked();
        links::revoke_of_user(tx, after.organization, after.id, self.now).await?;
        if let Some(account) = self.before.account {
            // A sign-in under way has it locked: its session is there once we have it.
            accounts::lock(tx, account).await?;
            sessions::delete_all(tx, account).await?;
            links::revoke_of_account(tx, account, self.now).await?;
        }
        Ok(())
    }
}

/// An event and whom it concerns.
pub(super) enum Told {
    /// The services that follow users.
    Users(Event),
    /// Somebody's mailbox.
    Mail(Event),
}

async fn send(tx: &mut Tx, told: &[Told], now: DateTime<Utc>) -> Result<(), Refusal> {
    for one in told {
        match one {
            Told::Users(event) => outbox::put(tx, event, events::SUBSCRIBERS_OF_USERS, now).await?,
            Told::Mail(event) => outbox::put(tx, event, events::SUBSCRIBERS_OF_MAIL, now).await?,
        }
    }
    Ok(())
}
