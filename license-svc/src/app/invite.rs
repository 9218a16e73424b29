//! Adding people, each with the licence on or off (B2 to B7): the one function of the "+add more" form.
//!
//! Seats first, people second: the seats that the call needs are set aside or it is refused before
//! anything is written elsewhere. What it will do is stored with them, so that a repeat after a crash
//! does and answers the same; what nobody repeats is given up by the sweeper (`abandon`).

use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::db::Tx;
use platform::once::{self, Answer, Held};
use platform::tenant::Tenant;
use proto::identity::v1::{MatchUsersRequest, Permission};
use proto::license::v1::InviteUsersResponse;
use proto::license::v1::invite_users_response::{Outcome, Result as LineResult};
use proto::name::{self, ProductId};
use proto::refusal::{Reason, Refusal};
use proto::time;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::directory::{Directory, may_be_repeated};
use super::seats::give::{self, Giving};
use super::{App, Error, Reply, actor, reservations};
use crate::domain::invite::{self, Line, Plan};
use crate::domain::pool::Shortage;
use crate::domain::seat;
use crate::store::invites::{self, Invite};
use crate::store::{pools, seats};

mod people;

use people::Present;

/// Who is to be added.
pub struct Invitees {
    /// Where.
    pub parent: name::Organization,
    /// Whose seats the lines with the licence on take.
    pub product: Option<ProductId>,
    /// 1 to 200.
    pub lines: Vec<Line>,
}

/// What the first transaction decided.
enum Begun {
    Again(Answer),
    Refused(Refusal),
    /// To be carried out, under the claim of that time.
    Invite(Invite, DateTime<Utc>),
}

/// Adds them; one result a line.
pub async fn invite(
    app: &App,
    caller: &Caller,
    invitees: Invitees,
    call: once::Call,
) -> Result<Reply<InviteUsersResponse>, Error> {
    let organization = invitees.parent.organization;
    let tenant = app.require(caller, Permission::UsersEdit, organization).await?;
    if invitees.lines.iter().any(|line| line.license_enabled) {
        app.require(caller, Permission::LicensesEdit, organization).await?;
    }
    let directory = Directory(app.peers.relay("identity", caller)?);
    let mut plan = Plan::of(invitees.lines);
    learn(&directory, tenant, &mut plan).await?;
    let (invite, since) = match begin(app, tenant, invitees.product, plan, &call).await? {
        Begun::Again(answer) => return Ok(Reply::Again(answer)),
        Begun::Refused(refusal) => return Err(refusal.into()),
        Begun::Invite(invite, since) => (invite, since),
    };
    let held = Held { call: &call, since };
    let present = match people::create(&directory, tenant, &invite).await {
        Ok(present) => present,
        Err(error) => return Err(stop(app, tenant, &invite, held, error).await),
    };
    match finish(app, caller, tenant, &invite, &present, held).await {
        Ok(reply) => Ok(reply),
        Err(error) => Err(stop(app, tenant, &invite, held, error).await),
    }
}

/// Who of them is there, and in which state.
async fn learn(directory: &Directory, tenant: Tenant, plan: &mut Plan) -> Result<(), Error> {
    let parent = name::Organization { organization: tenant.organization() }.to_string();
    let emails = plan.people.iter().map(|person| person.email.to_string()).collect();
    let found = directory.matches(MatchUsersRequest { parent, emails, prints: false }).await?;
    for found in found.matches {
        let index = usize::try_from(found.index).unwrap_or(usize::MAX);
        let person = plan.people.get_mut(index).ok_or_else(people::strange)?;
        person.known = Some(people::known(&found)?);
    }
    Ok(())
}

/// Claims the call, sets its seats aside and stores what it will do.
async fn begin(
    app: &App,
    tenant: Tenant,
    product: Option<ProductId>,
    plan: Plan,
    call: &once::Call,
) -> Result<Begun, Error> {
    let now = app.clock.now();
    let mut tx = app.db.of(tenant).write().await?;
    if let Some(answer) = once::begin(&mut tx, call, now).await?.replay()? {
        return Ok(Begun::Again(answer));
    }
    let id = invite_id(tenant, call);
    if let Some(invite) = invites::find(&mut tx, tenant, id).await? {
        tx.commit().await?;
        return Ok(Begun::Invite(invite, now));
    }
    let mut invite = Invite { id, product, upsert_id: Uuid::now_v7(), plan };
    if let Err(shortage) = set_aside(&mut tx, tenant, &mut invite).await? {
        let refusal = Refusal::from(shortage);
        once::store(&mut tx, call, &Answer::refusal(refusal.clone())).await?;
        tx.commit().await?;
        return Ok(Begun::Refused(refusal));
    }
    invites::insert(&mut tx, tenant, &invite, now).await?;
    tx.commit().await?;
    Ok(Begun::Invite(invite, now))
}

/// Exactly the seats that its people newly need.
async fn set_aside(tx: &mut Tx, tenant: Tenant, invite: &mut Invite) -> Result<Result<(), Shortage>, Error> {
    let Some(product) = invite.product.clone() else { return Ok(Ok(())) };
    pools::lock(tx, tenant, &product).await?;
    let known = invite.plan.people.iter_mut().filter_map(|person| person.known.as_mut());
    let mut known: Vec<_> = known.collect();
    let users: Vec<Uuid> = known.iter().map(|known| known.user).collect();
    let holders = seats::holders(tx, tenant, &product, &users).await?;
    for known in &mut known {
        known.holds_seat = holders.contains_key(&known.user);
    }
    let (owner, needed) = (invite.reservation_owner(), invite.plan.seats_needed());
    Ok(reservations::set(tx, tenant, &product, &owner, needed).await?)
}

/// Seats out of the reservation, the announcement, the answer; the rest of the reservation is free.
async fn finish(
    app: &App,
    caller: &Caller,
    tenant: Tenant,
    invite: &Invite,
    present: &[Present],
    held: Held<'_>,
) -> Result<Reply<InviteUsersResponse>, Error> {
    let now = app.clock.now();
    let mut tx = app.db.of(tenant).write().await?;
    if !invites::delete(&mut tx, tenant, invite.id).await? {
        return Err(taken_over());
    }
    let mut seated = Vec::new();
    if let Some(product) = &invite.product {
        let owner = invite.reservation_owner();
        let giving = Giving { tenant, product, reason: seat::Reason::Invite, now };
        let users: Vec<Uuid> =
            present.iter().filter(|person| person.needs_seat).map(|person| person.user).collect();
        let given = give::all(&mut tx, &giving, &owner, &users, &actor(caller)).await?;
        seated = given.map_err(Refusal::from)?;
        reservations::free(&mut tx, tenant, product, &owner).await?;
    }
    let response = answer(tenant, invite, present, &seated);
    if !held.store(&mut tx, &Answer::reply(&response)).await? {
        return Err(taken_over());
    }
    tx.commit().await?;
    Ok(Reply::Fresh(response))
}

fn taken_over() -> Error {
    let text = "the same call was taken over, finished or given up meanwhile: repeat it";
    Refusal::new(Reason::RequestInProgress, text).into()
}

/// One result a line, in their order.
fn answer(tenant: Tenant, invite: &Invite, present: &[Present], seated: &[Uuid]) -> InviteUsersResponse {
    let result = |index: &usize| {
        let (person, present) = (invite.plan.people.get(*index)?, present.get(*index)?);
        let outcome = invite::outcome(present.created, present.pending, seated.contains(&present.user));
        let since = (outcome == Outcome::PendingSince).then(|| time::to_wire(present.create_time));
        Some(LineResult {
            email: person.email.to_string(),
            user: name::User { organization: tenant.organization(), user: present.user }.to_string(),
            outcome: outcome.into(),
            pending_since_time: since,
        })
    };
    InviteUsersResponse { results: invite.plan.lines.iter().filter_map(result).collect() }
}

/// The people could not be created, or their seats not be given. When a repeat of the call may fare
/// better, all stays as it is for it; otherwise nothing remains.
async fn stop(app: &App, tenant: Tenant, invite: &Invite, held: Held<'_>, error: Error) -> Error {
    let repeatable = may_be_repeated(&error) && !held.call.request_id.is_empty();
    if let Err(failed) = let_go(app, tenant, invite, held, repeatable).await {
        return failed;
    }
    people::in_our_words(error, &invite.plan)
}

async fn let_go(
    app: &App,
    tenant: Tenant,
    invite: &Invite,
    held: Held<'_>,
    repeatable: bool,
) -> Result<(), Error> {
    let mut tx = app.db.of(tenant).write().await?;
    // The invite is the same for whoever took the call over: it is theirs now.
    let ours = held.forget(&mut tx).await?;
    if ours && !repeatable {
        give_up(&mut tx, tenant, invite).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Frees what a call set aside that began long ago and that nobody finished.
pub async fn abandon(app: &App, tenant: Tenant, id: Uuid) -> Result<(), Error> {
    let mut tx = app.db.of(tenant).write().await?;
    if let Some(invite) = invites::find(&mut tx, tenant, id).await? {
        give_up(&mut tx, tenant, &invite).await?;
        tracing::info!(invite.id = %id, "an invite was given up and its seats are free");
    }
    tx.commit().await?;
    Ok(())
}

async fn give_up(tx: &mut Tx, tenant: Tenant, invite: &Invite) -> Result<(), Error> {
    if !invites::delete(tx, tenant, invite.id).await? {
        return Ok(());
    }
    if let Some(product) = &invite.product {
        reservations::free(tx, tenant, product, &invite.reservation_owner()).await?;
    }
    Ok(())
}

/// The same for a repeat of the same call with the same body; fresh for a call without a request id.
fn invite_id(tenant: Tenant, call: &once::Call) -> Uuid {
    if call.request_id.is_empty() {
        return Uuid::now_v7();
    }
    let text = format!("{}\n{}\n{}\n", call.caller, tenant.organization(), call.request_id);
    let digest: [u8; 32] = Sha256::new().chain_update(text).chain_update(call.fingerprint).finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
