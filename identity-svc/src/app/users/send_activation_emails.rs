//! "Send Activation Emails" (G11, N9): chooses the users at once, mails them in a run that outlives the call.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::once;
use prost::Message;
use proto::identity::v1::Permission;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::list::selection;
use crate::app::{App, Reply, actor, span};
use crate::domain::bulk_run::{BulkRun, Outcome, State};
use crate::domain::user::{self, User};
use crate::store::users::{list, sets};
use crate::store::{bulk_run_items, bulk_runs};

/// Which users.
#[derive(Clone, Debug)]
pub enum Selection {
    /// These.
    Users(Vec<Uuid>),
    /// Those that a list with this filter shows.
    Filter(String),
}

/// What is asked for.
pub struct Request {
    /// Where.
    pub organization: Uuid,
    /// Whom.
    pub selection: Selection,
    /// Only count.
    pub validate_only: bool,
    /// When the users were counted: whoever was mailed too recently then is skipped.
    pub as_of: Option<DateTime<Utc>>,
}

/// Begins the run, or counts what it would do when `validate_only`.
pub async fn send<M: Message>(
    app: &App,
    caller: &Caller,
    request: Request,
    call: once::Call,
    show: impl Fn(&BulkRun) -> M,
) -> Result<Reply<M>, Refusal> {
    let tenant = app.require(caller, Permission::UsersEdit, request.organization).await?;
    let now = app.clock.now();
    if request.validate_only {
        let mut tx = app.db.of(tenant).read().await?;
        let items = choose(app, &mut tx, &request, now).await?;
        return Ok(Reply::Fresh(show(&count(request.organization, Uuid::nil(), &items, now))));
    }
    let mut tx = app.db.of(tenant.with_key_of(caller)).write().await?;
    if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
        return Ok(Reply::Again(answer));
    }
    let begun = begin(app, &mut tx, caller, &request, now).await;
    app.settle(tx, &call, begun.map(|run| show(&run))).await
}

/// How many users are in memory at a time, of however many are chosen: of the others only their ids.
const AT_ONCE: usize = 1000;

type Items = Vec<(Uuid, Option<Outcome>)>;

async fn begin(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<BulkRun, Refusal> {
    let items = choose(app, tx, request, now).await?;
    let inviter = actor::display_name(tx, caller).await?;
    let run = count(request.organization, Uuid::now_v7(), &items, now);
    bulk_runs::insert(tx, &run, &inviter).await?;
    for items in items.chunks(AT_ONCE) {
        bulk_run_items::insert(tx, request.organization, run.id, items.iter().copied()).await?;
    }
    Ok(BulkRun { outcomes: without_queued(&run), ..run })
}

/// A new run has queued nobody yet; only the skips are known.
fn without_queued(run: &BulkRun) -> Vec<(Outcome, i64)> {
    run.outcomes.iter().copied().filter(|(outcome, _)| *outcome != Outcome::Queued).collect()
}

async fn choose(app: &App, tx: &mut Tx, request: &Request, now: DateTime<Utc>) -> Result<Items, Refusal> {
    let ids = match &request.selection {
        Selection::Users(ids) => ids.clone(),
        Selection::Filter(filter) => list::ids(tx, &selection(request.organization, filter, now)?).await?,
    };
    let cooldown = span(app.config.send_cooldown);
    let asked = request.as_of.map_or(now, |asked| asked.min(now));
    let was_counted = |user: &&User| request.as_of.is_none() || user.create_time <= asked;
    let (mut seen, mut items) = (HashSet::new(), Items::new());
    for ids in ids.chunks(AT_ONCE) {
        let found = sets::find(tx, request.organization, ids).await?;
        let new = found.iter().filter(was_counted).filter(|user| seen.insert(user.id));
        items.extend(new.map(|user| (user.id, skip(user, asked, cooldown))));
    }
    Ok(items)
}

/// Why a user gets no mail; none = it gets one.
pub(in crate::app) fn skip(user: &User, now: DateTime<Utc>, cooldown: chrono::TimeDelta) -> Option<Outcome> {
    if user.email.is_none() {
        return Some(Outcome::NoEmail);
    }
    if user.state() != user::State::Pending {
        return Some(Outcome::NotPending);
    }
    user.invitation.cools_down(now, cooldown).then_some(Outcome::Cooldown)
}

/// The run these items make, as it will end.
fn count(organization: Uuid, id: Uuid, items: &Items, now: DateTime<Utc>) -> BulkRun {
    let mut outcomes = std::collections::BTreeMap::new();
    for (_, outcome) in items {
        *outcomes.entry(outcome.unwrap_or(Outcome::Queued)).or_insert(0) += 1;
    }
    BulkRun {
        organization,
        id,
        state: State::Running,
        total: i64::try_from(items.len()).unwrap_or(i64::MAX),
        outcomes: outcomes.into_iter().collect(),
        sequence: 1,
        create_time: now,
        end_time: None,
    }
}
