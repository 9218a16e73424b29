//! Who the callers of one batch mean: asked of identity-svc once for all calls of a principal.

use std::collections::HashMap;
use std::time::Instant;

use futures::future::join_all;
use platform::caller::{Caller, Principal};
use platform::peer::Peers;
use proto::identity::v1::{User, user};
use proto::name;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::queue::Entry;
use crate::app::Error;
use crate::app::directory::Directory;

/// For each entry its user, who may hold a seat, or why there is none.
pub async fn find(peers: &Peers, organization: Uuid, entries: &[Entry]) -> Vec<Result<User, Error>> {
    let mut callers: HashMap<&Principal, (&Caller, Vec<Uuid>)> = HashMap::new();
    for entry in entries {
        let (caller, users) =
            callers.entry(entry.caller.principal()).or_insert_with(|| (&entry.caller, Vec::new()));
        users.push(entry.name.user);
        // The most patient of them, so that one who is in a hurry hurries nobody else.
        if later(entry.caller.deadline(), caller.deadline()) {
            *caller = &entry.caller;
        }
    }
    let asking = callers.into_iter().map(|(principal, (caller, users))| async move {
        (principal, ask(peers, organization, caller, &users).await)
    });
    let answers: HashMap<_, _> = join_all(asking).await.into_iter().collect();
    entries.iter().map(|entry| chosen(entry, &answers)).collect()
}

type Answers<'a> = HashMap<&'a Principal, Result<HashMap<String, User>, Error>>;

fn chosen(entry: &Entry, answers: &Answers<'_>) -> Result<User, Error> {
    let name = name::User { organization: entry.name.organization, user: entry.name.user }.to_string();
    let users = answers.get(entry.caller.principal()).ok_or_else(Refusal::internal)?.as_ref();
    let user = users.map_err(Error::clone)?.get(&name).cloned();
    let user = user.ok_or_else(|| Refusal::not_found(name))?;
    if user.state() == user::State::Deactivated {
        return Err(Refusal::new(Reason::UserDeactivated, "the user is deactivated").into());
    }
    Ok(user)
}

async fn ask(
    peers: &Peers,
    organization: Uuid,
    caller: &Caller,
    users: &[Uuid],
) -> Result<HashMap<String, User>, Error> {
    let directory = Directory(peers.relay("identity", caller)?);
    let found = directory.users(organization, users).await?;
    Ok(found.into_iter().map(|user| (user.name.clone(), user)).collect())
}

/// Whether the one deadline is behind the other; none is behind all.
fn later(one: Option<Instant>, other: Option<Instant>) -> bool {
    match (one, other) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
    }
}
