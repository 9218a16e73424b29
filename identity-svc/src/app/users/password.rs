//! Another password, set by an admin (D5, Q27): ends all sessions and is told to the person.

use platform::db::Tx;
use platform::tenant::Tenant;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::create::accept_at_once;
use super::email::{EVERYWHERE, refuse_strangers};
use super::update::{Edit, Editing, Told};
use crate::app::App;
use crate::app::sessions::create::forgive;
use crate::domain::mail;
use crate::domain::stored_hash::StoredHash;
use crate::domain::user::User;
use crate::store::{accounts, links, sessions, users};

/// The hash of the new password, computed before anything is locked.
pub(super) async fn prepare(app: &App, tenant: Tenant, edit: &Edit) -> Result<Option<StoredHash>, Refusal> {
    if edit.password.is_empty() {
        return Ok(None);
    }
    let mut tx = app.db.of(tenant).read().await?;
    let user = users::find(&mut tx, tenant.organization(), edit.name.user).await?;
    drop(tx);
    let user = user.ok_or_else(|| Refusal::not_found(edit.name.to_string()))?;
    let Some(email) = edit.email.as_ref().or(user.email.as_ref()) else {
        return Err(Refusal::new(Reason::UserHasNoEmail, "a user without login has no password"));
    };
    let password = app.policy().accept("password", &edit.password, email);
    let password = password.map_err(|violation| Refusal::fields(vec![violation]))?;
    app.hasher.hash(password).await.map(Some)
}

/// Sets it; a pending user becomes active, as one that was created with a password.
pub(super) async fn change(
    editing: &Editing<'_>,
    tx: &mut Tx,
    after: &mut User,
    password: StoredHash,
    told: &mut Vec<Told>,
) -> Result<(), Refusal> {
    let Some(account) = after.account else {
        accept_at_once(tx, after, password, editing.now).await?;
        if after.accepted_time.is_some() {
            links::revoke_of_user(tx, after.organization, after.id, editing.now).await?;
        }
        return Ok(());
    };
    tx.enter(EVERYWHERE).await?;
    refuse_strangers(editing, tx, account).await?;
    accounts::lock(tx, account).await?;
    accounts::set_password(tx, account, &password, editing.now).await?;
    sessions::delete_all(tx, account).await?;
    links::revoke_of_account(tx, account, editing.now).await?;
    if let Some(email) = &after.email {
        forgive(tx, email).await?;
        let id = Uuid::now_v7();
        let mail = mail::credential_changed(id, after, editing.organization, email, "password", editing.now);
        told.push(Told::Mail(mail));
    }
    Ok(())
}
