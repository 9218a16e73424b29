//! One user, or some by name.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::join_all;
use platform::caller::Caller;
use platform::db::{self, Db};
use platform::serve::{Group, Spawner};
use platform::tenant::Tenant;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::{Reason, Refusal};
use tokio::time::timeout;
use uuid::Uuid;

use crate::app::App;
use crate::domain::user::Placed;
use crate::store::organizations;
use crate::store::users::{self, sets};

/// Callers who wait for a user of one organization.
pub type Readers = Group<Tenant, Uuid, Found>;

type Found = Result<Option<Placed>, Refusal>;

/// The most users of one statement.
const MOST: usize = 64;

/// How long one statement may take: no call waits longer for a connection either.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nobody waits.
pub fn readers(spawner: &Spawner) -> Readers {
    Group::new("identity.get", spawner, MOST)
}

/// The user, for whoever may see the organization's users. Who asks while others are being answered shares the
/// next statement: the way to the database is most of an answer's cost.
pub async fn get(app: &App, caller: &Caller, name: &name::User) -> Result<Placed, Refusal> {
    let tenant = app.require(caller, Permission::UsersView, name.organization).await?;
    let db = app.db.clone();
    let work = move |users| all(db.clone(), tenant, users);
    let found = app.readers.join(tenant, name.user, work).await.unwrap_or_else(|| {
        Err(Refusal::new(Reason::Draining, "the look-up was cut off: the process is stopping, or it failed"))
    });
    found?.ok_or_else(|| Refusal::not_found(name.to_string()))
}

/// A user that cannot be read is no fault of those who asked for others.
async fn all(db: Db, tenant: Tenant, users: Vec<Uuid>) -> Vec<Found> {
    match in_time(&db, tenant, &users).await {
        Ok(found) => users.iter().map(|user| Ok(found.get(user).cloned())).collect(),
        Err(error) if users.len() == 1 || error.is_unavailable() => {
            let refusal = Refusal::from(error);
            users.iter().map(|_| Err(refusal.clone())).collect()
        }
        Err(_) => join_all(users.into_iter().map(|user| alone(&db, tenant, user))).await,
    }
}

async fn alone(db: &Db, tenant: Tenant, user: Uuid) -> Found {
    Ok(in_time(db, tenant, &[user]).await?.remove(&user))
}

/// A server that went away without a word must not hold up all who ask later.
async fn in_time(db: &Db, tenant: Tenant, users: &[Uuid]) -> db::Result<HashMap<Uuid, Placed>> {
    let found = timeout(PATIENCE, find(db, tenant, users)).await;
    found.unwrap_or_else(|_| Err(db::Error::cut_off()))
}

async fn find(db: &Db, tenant: Tenant, users: &[Uuid]) -> db::Result<HashMap<Uuid, Placed>> {
    let mut tx = db.of(tenant).look().await?;
    let found = match users {
        // A set is planned each time, a lone look-up once.
        [user] => users::find_placed(&mut tx, tenant.organization(), *user).await?.into_iter().collect(),
        users => sets::find_placed(&mut tx, tenant.organization(), users).await?,
    };
    Ok(by_id(found))
}

fn by_id(found: Vec<Placed>) -> HashMap<Uuid, Placed> {
    found.into_iter().map(|placed| (placed.user.id, placed)).collect()
}

/// Those of the users that are there, in the order of the names.
pub async fn batch_get(
    app: &App,
    caller: &Caller,
    parent: &name::Organization,
    ids: &[Uuid],
) -> Result<Vec<Placed>, Refusal> {
    let tenant = app.require(caller, Permission::UsersView, parent.organization).await?;
    let mut tx = app.db.of(tenant).look().await?;
    let found = sets::find_placed(&mut tx, tenant.organization(), ids).await?;
    if found.is_empty() {
        let organization = organizations::find(&mut tx, tenant.organization()).await?;
        organization.ok_or_else(|| Refusal::not_found(parent.to_string()))?;
    }
    let mut found = by_id(found);
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}
