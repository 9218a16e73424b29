//! The users of one commit, written together.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use platform::db::{Scope, Tx};
use platform::once::{self, Answer};
use proto::identity::v1::User;
use proto::refusal::{Reason, Refusal};
use tonic::Code;

use super::{Entry, Outcome, drafted, in_use, insert, invited, tell_of_inactive};
use crate::app::{App, Reply, organizations as at};
use crate::domain::organization::Organization;
use crate::domain::user::User as Made;
use crate::store::organizations;
use crate::store::users::batch;

/// Together, or each on its own where a refusal would leave something behind.
pub(super) async fn all(app: App, scope: Scope, batch: Vec<Entry>) -> Vec<Outcome> {
    let of_all = |refusal: Refusal| batch.iter().map(|_| Err(refusal.clone())).collect();
    if batch.len() > 1 && !repeats(&batch) {
        match together(&app, &scope, &batch).await {
            // Whether a commit that failed happened is unknown: nobody is tried again.
            Ok((tx, outcomes)) => {
                return tx.commit().await.map_or_else(|error| of_all(error.into()), |()| outcomes);
            }
            Err(refusal) if refusal.reason.code() == Code::Unavailable => return of_all(refusal),
            Err(_) => {}
        }
    }
    let mut answers = Vec::with_capacity(batch.len());
    for entry in &batch {
        answers.push(alone(&app, &scope, entry).await);
    }
    answers
}

/// Whether a call is in it twice: the second is answered as the first was, which must have its answer then.
fn repeats(batch: &[Entry]) -> bool {
    let mut calls = HashSet::new();
    let named = batch.iter().filter(|entry| !entry.call.request_id.is_empty());
    named.into_iter().any(|entry| !calls.insert((&entry.call.caller, &entry.call.request_id)))
}

/// Everything of the batch but the commit: one statement for all of its users.
async fn together(app: &App, scope: &Scope, batch: &[Entry]) -> Result<(Tx, Vec<Outcome>), Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(scope.clone()).write().await?;
    let Some(first) = batch.first() else { return Ok((tx, Vec::new())) };
    let organization = at::locked_to_add(&mut tx, first.new.organization).await?;
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut drafts = Vec::with_capacity(batch.len());
    for (place, entry) in batch.iter().enumerate() {
        outcomes.push(match once::begin(&mut tx, &entry.call, now).await?.replay() {
            Ok(None) => match draft(&mut tx, entry, &organization, now).await? {
                Ok(user) => {
                    drafts.push(Draft { place, entry, user });
                    None
                }
                Err(refusal) => Some(Err(refusal)),
            },
            Ok(Some(answer)) => Some(Ok(Reply::Again(answer))),
            Err(refusal) => Some(Err(refusal)),
        });
    }
    let made = make(app, &mut tx, drafts, &organization, now).await?;
    if made.iter().any(|(_, outcome)| outcome.is_ok()) {
        // Last: from here to the commit nobody else can add a user.
        organizations::bump_directory(&mut tx, organization.id).await?;
    }
    made.into_iter().for_each(|(place, outcome)| outcomes[place] = Some(outcome));
    Ok((tx, outcomes.into_iter().flatten().collect()))
}

/// A user that is to be written, and whose wish it is.
struct Draft<'b> {
    place: usize,
    entry: &'b Entry,
    user: Made,
}

/// The user as it will be, with its account; or the caller's own refusal, for which nothing was written.
async fn draft(
    tx: &mut Tx,
    entry: &Entry,
    organization: &Organization,
    now: DateTime<Utc>,
) -> Result<Result<Made, Refusal>, Refusal> {
    match drafted(tx, entry, organization, now).await {
        Err(refusal) if refusal.reason == Reason::RoleNotAllowed => {
            once::store(tx, &entry.call, &Answer::refusal(refusal.clone())).await?;
            Ok(Err(refusal))
        }
        drafted => drafted.map(Ok),
    }
}

/// Writes the users, and invites those that are to be invited at once. The place and outcome of each.
async fn make(
    app: &App,
    tx: &mut Tx,
    drafts: Vec<Draft<'_>>,
    organization: &Organization,
    now: DateTime<Utc>,
) -> Result<Vec<(usize, Outcome)>, Refusal> {
    let users: Vec<&Made> = drafts.iter().map(|draft| &draft.user).collect();
    let written = batch::insert(tx, &users).await?;
    let inserted: Vec<&Made> = users.into_iter().filter(|user| written.contains(&user.id)).collect();
    tell_of_inactive(tx, &inserted, now).await?;
    let mut outcomes = Vec::with_capacity(drafts.len());
    for Draft { place, entry, user } in drafts {
        let made = match written.contains(&user.id) {
            true => Ok(invited(app, tx, entry, user, organization, now).await?),
            false => Err(in_use(tx, &user).await?),
        };
        if let Err(refusal) = &made
            && entry.password.is_some()
        {
            // An account was written for it: that ends the batch.
            return Err(refusal.clone());
        }
        let made = made.map(|placed| (entry.show)(&placed, now));
        let answer = match &made {
            Ok(user) => Answer::reply(user),
            Err(refusal) => Answer::refusal(refusal.clone()),
        };
        once::store(tx, &entry.call, &answer).await?;
        outcomes.push((place, made.map(Reply::Fresh)));
    }
    Ok(outcomes)
}

async fn alone(app: &App, scope: &Scope, entry: &Entry) -> Result<Reply<User>, Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(scope.clone()).write().await?;
    if let Some(answer) = once::begin(&mut tx, &entry.call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let made = async {
        let organization = at::locked_to_add(&mut tx, entry.new.organization).await?;
        let placed = insert(app, &mut tx, entry, &organization, now).await?;
        organizations::bump_directory(&mut tx, organization.id).await?;
        Ok((entry.show)(&placed, now))
    };
    let made = made.await;
    app.settle(tx, &entry.call, made).await
}
