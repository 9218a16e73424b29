//! Another address (Q27): at once, in every organization where the person is a user, told to both addresses.

use platform::db::{Everyone, Tx};
use proto::name;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::create::in_use;
use super::update::{Editing, Told};
use crate::app::authorize::holder;
use crate::domain::email::Email;
use crate::domain::user::User;
use crate::domain::{events, invitation, mail};
use crate::store::{accounts, links, memberships, organizations, users};

/// How far a change of what a person signs in with reaches.
pub(super) const EVERYWHERE: Everyone =
    Everyone("a person is the same in every organization where they are a user (Q27)");

/// Locks the organizations that another address of this user will be written in, by their ids: of two who
/// move people of the same organizations one waits for the other, and not each for the other.
pub(super) async fn lock_organizations(tx: &mut Tx, user: &name::User, email: &Email) -> Result<(), Refusal> {
    let Some(user) = users::find(tx, user.organization, user.user).await? else { return Ok(()) };
    let Some(account) = user.account else { return Ok(()) };
    if user.email.as_ref() == Some(email) {
        return Ok(());
    }
    tx.enter(EVERYWHERE).await?;
    for user in users::of_account(tx, account).await? {
        organizations::lock(tx, user.organization).await?;
    }
    Ok(())
}

/// Moves `after` to its new address.
pub(super) async fn change(
    editing: &Editing<'_>,
    tx: &mut Tx,
    after: &mut User,
    told: &mut Vec<Told>,
) -> Result<(), Refusal> {
    let Some(email) = after.email.clone() else { return Ok(()) };
    if users::find_by_email(tx, after.organization, &email).await?.is_some() {
        return Err(in_use(tx, after).await?);
    }
    links::revoke_of_user(tx, after.organization, after.id, editing.now).await?;
    after.invitation = after.invitation.revoked();
    if let Some(account) = after.account {
        move_account(editing, tx, after, account, &email, told).await?;
    }
    tell(editing, after, &email, told);
    Ok(())
}

async fn move_account(
    editing: &Editing<'_>,
    tx: &mut Tx,
    after: &mut User,
    account: Uuid,
    email: &Email,
    told: &mut Vec<Told>,
) -> Result<(), Refusal> {
    tx.enter(EVERYWHERE).await?;
    refuse_strangers(editing, tx, account).await?;
    if accounts::find_by_email(tx, email).await?.is_some() {
        // The address is another person's sign-in name: they are invited like anybody else (Q13).
        after.account = None;
        after.accepted_time = None;
        after.invitation.state = invitation::State::NotSent;
        return Ok(());
    }
    accounts::lock(tx, account).await?;
    accounts::set_email(tx, account, email, editing.now).await?;
    links::revoke_of_account(tx, account, editing.now).await?;
    for user in users::of_account(tx, account).await? {
        if user.id == after.id {
            continue;
        }
        // Once more, for one that the person joined since all were locked. Read again under the lock: what
        // was committed there meanwhile must not be written over.
        organizations::lock(tx, user.organization).await?;
        let Some(user) = users::lock(tx, user.organization, user.id).await? else { continue };
        let moved = User { email: Some(email.clone()), update_time: editing.now, ..user };
        if users::find_by_email(tx, moved.organization, email).await?.is_some() {
            return Err(in_use(tx, &moved).await?);
        }
        users::update(tx, &moved).await?;
        organizations::bump_directory(tx, moved.organization).await?;
        told.push(Told::Users(events::user_email_changed(Uuid::now_v7(), &moved, email, editing.now)));
    }
    Ok(())
}

/// Q27: not of a person who is also a user outside what the actor administers, or above them there.
pub(super) async fn refuse_strangers(
    editing: &Editing<'_>,
    tx: &mut Tx,
    account: Uuid,
) -> Result<(), Refusal> {
    let elsewhere = users::of_account(tx, account).await?;
    for user in elsewhere.iter().filter(|user| user.organization != editing.organization.id) {
        let over = match holder(editing.caller.principal()) {
            Some(holder) => memberships::over(tx, holder, user.organization).await?,
            None => Vec::new(),
        };
        if !over.iter().any(|membership| membership.role.may_change(user.role)) {
            let message = "this person is also a user of an organization that you do not administer";
            return Err(Refusal::new(Reason::PermissionDenied, message));
        }
    }
    Ok(())
}

fn tell(editing: &Editing<'_>, after: &User, email: &Email, told: &mut Vec<Told>) {
    let now = editing.now;
    told.push(Told::Users(events::user_email_changed(Uuid::now_v7(), after, email, now)));
    let accepted = editing.before.accepted_time.is_some();
    for address in editing.before.email.iter().chain([email]).filter(|_| accepted) {
        let id = Uuid::now_v7();
        let mail = mail::credential_changed(id, after, editing.organization, address, "e-mail address", now);
        told.push(Told::Mail(mail));
    }
}
