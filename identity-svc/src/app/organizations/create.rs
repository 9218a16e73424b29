//! An organization of one's own (A3, A6), or a customer of an organization that one administers (E9).

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::identity::v1::Permission;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::found::{Founding, found};
use super::{Shown, UNBORN};
use crate::app::{App, Reply, actor};
use crate::domain::name::Name;
use crate::domain::role::Role;
use crate::store::organizations;

/// What is asked for; checked.
pub struct New {
    /// Its name.
    pub display_name: String,
    /// Its language, may be empty.
    pub default_language_code: String,
    /// The organization it is to be a customer of.
    pub parent: Option<Uuid>,
}

/// Makes it; the caller becomes its Owner (Q24).
pub async fn create<M: Message>(
    app: &App,
    caller: &Caller,
    new: New,
    call: once::Call,
    show: impl Fn(&Shown) -> M,
) -> Result<Reply<M>, Refusal> {
    if let Some(parent) = new.parent {
        app.require(caller, Permission::OrganizationsEdit, parent).await?;
    }
    let now = app.clock.now();
    let mut tx = app.db.of(UNBORN).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let created = insert(app, &mut tx, caller, new, now).await.map(|shown| show(&shown));
    app.settle(tx, &call, created).await
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    new: New,
    now: DateTime<Utc>,
) -> Result<Shown, Refusal> {
    let owner = actor::account(tx, caller).await?;
    let parent = match new.parent {
        Some(id) => organizations::find(tx, id).await?,
        None => None,
    };
    let depth = parent.as_ref().map_or(0, |parent| parent.depth + 1);
    if depth > i64::from(app.config.tree_depth) {
        let description = format!("customers go at most {} levels deep", app.config.tree_depth);
        return Err(Refusal::field("organization.parent_organization", description));
    }
    let founding = Founding {
        display_name: new.display_name,
        default_language_code: new.default_language_code,
        parent: parent.as_ref(),
        owner: &owner,
        owner_name: Name::of(String::new(), String::new(), owner.display_name.clone()),
    };
    let (organization, _) = found(tx, founding, now).await?;
    Ok(Shown { organization, caller_role: Some(Role::Owner), caller_may_edit: true })
}
