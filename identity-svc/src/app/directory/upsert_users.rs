//! Creates or updates users: all rows or none, unchanged rows are not written.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::identity::v1::Permission;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::organizations::{locked, locked_to_add};
use crate::app::{App, Reply};
use crate::domain::email::Email;
use crate::domain::profile::{Changes, Profile};
use crate::domain::user::User;
use crate::store::organizations;
use crate::store::users::{batch, sets};

/// One row; checked.
pub struct Row {
    /// Who.
    pub email: Email,
    /// What is known of them; an unset field keeps what is stored (Q12).
    pub changes: Changes,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new pending member.
    Created,
    /// Something differed.
    Updated,
    /// Nothing did, and nothing was written.
    Unchanged,
}

/// The rows' users after the write, in their order.
pub struct Upserted {
    /// What became of each.
    pub users: Vec<(User, Outcome)>,
    /// After the write.
    pub directory_version: i64,
}

/// Writes the rows. Role, boxes and password of users that are there are never touched.
pub async fn upsert<M: Message>(
    app: &App,
    caller: &Caller,
    organization: Uuid,
    rows: Vec<Row>,
    call: once::Call,
    show: impl Fn(&Upserted) -> M,
) -> Result<Reply<M>, Refusal> {
    let tenant = app.require(caller, Permission::UsersEdit, organization).await?;
    let now = app.clock.now();
    let mut adding = Adding::Perhaps;
    loop {
        let mut tx = app.db.of(tenant).write().await?;
        if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
            return Ok(Reply::Again(answer));
        }
        match write(&mut tx, organization, &rows, adding, now).await {
            // Somebody added one of them just now, and is done.
            Ok(None) if adding == Adding::Perhaps => adding = Adding::No,
            Ok(None) => return Err(Refusal::unavailable("database")),
            Ok(Some(upserted)) => return app.settle(tx, &call, Ok(show(&upserted))).await,
            Err(refusal) => return app.settle(tx, &call, Err(refusal)).await,
        }
    }
}

/// Whether users may be added beside others who add theirs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adding {
    /// If nobody of the rows is there yet.
    Perhaps,
    /// Others wait.
    No,
}

/// None when somebody else added one of them meanwhile: nothing may be kept of the transaction then.
async fn write(
    tx: &mut Tx,
    organization: Uuid,
    rows: &[Row],
    adding: Adding,
    now: DateTime<Utc>,
) -> Result<Option<Upserted>, Refusal> {
    let emails: Vec<&Email> = rows.iter().map(|row| &row.email).collect();
    let stored = stored(tx, organization, &emails, adding).await?;
    let mut stored: HashMap<Email, User> =
        stored.into_iter().filter_map(|user| Some((user.email.clone()?, user))).collect();
    let users: Vec<(User, Outcome)> =
        rows.iter().map(|row| decide(organization, stored.remove(&row.email), row, now)).collect();
    let with = |wanted| users.iter().filter(move |(_, outcome)| *outcome == wanted).map(|(user, _)| user);
    let created: Vec<&User> = with(Outcome::Created).collect();
    let updated: Vec<User> = with(Outcome::Updated).cloned().collect();
    if batch::insert(tx, &created).await?.len() != created.len() {
        return Ok(None);
    }
    if !updated.is_empty() {
        sets::update_profiles(tx, organization, &updated, now).await?;
    }
    let directory_version = match created.is_empty() && updated.is_empty() {
        true => organizations::directory_version(tx, organization).await?,
        false => organizations::bump_directory(tx, organization).await?,
    };
    Ok(Some(Upserted { users, directory_version }))
}

/// The users with these addresses, whom nobody changes meanwhile. An import of new people does not wait for
/// the invitations of those before them: where nobody is there yet, users are only added.
async fn stored(
    tx: &mut Tx,
    organization: Uuid,
    emails: &[&Email],
    adding: Adding,
) -> Result<Vec<User>, Refusal> {
    if adding == Adding::Perhaps && sets::find_by_email(tx, organization, emails).await?.is_empty() {
        locked_to_add(tx, organization).await?;
        return Ok(Vec::new());
    }
    locked(tx, organization).await?;
    Ok(sets::find_by_email(tx, organization, emails).await?)
}

fn decide(organization: Uuid, stored: Option<User>, row: &Row, now: DateTime<Utc>) -> (User, Outcome) {
    let Some(stored) = stored else {
        let profile = row.changes.applied_to(&Profile::default());
        let user = User { profile, ..User::new(organization, Uuid::now_v7(), Some(row.email.clone()), now) };
        return (user, Outcome::Created);
    };
    let profile = row.changes.applied_to(&stored.profile);
    if profile == stored.profile {
        return (stored, Outcome::Unchanged);
    }
    (User { profile, ..stored }, Outcome::Updated)
}
