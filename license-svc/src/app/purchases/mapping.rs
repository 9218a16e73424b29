//! The two steps of a mapping, each safe to repeat: the organization, then the pools.
//!
//! A purchase that is MAPPING has its choice and who made it in its row. The organization is made under
//! a request id that is the row's own, so a repeat after a crash finds the first one; the pools are
//! raised in the transaction that makes the purchase MAPPED. Any replica may go on with it.

use anyhow::Context as _;
use platform::caller::{Caller, Principal};
use platform::db;
use platform::lease::Lease;
use platform::once::{Answer, Held};
use platform::serve::Job;
use platform::tenant::Tenant;
use proto::name;
use proto::refusal::{Reason, Refusal};
use tonic::Status;
use uuid::Uuid;

use crate::app::directory::{Directory, may_be_repeated};
use crate::app::{App, Error};
use crate::domain::purchase::{Purchase, State, Target};
use crate::store::purchases::MAPPINGS;
use crate::store::{pool_grants, pools, purchases};

/// Where licences go.
pub struct Place {
    /// Its id.
    pub organization: Uuid,
    /// Its name.
    pub display_name: String,
}

/// The organization of the choice; a new one is made, once for all repeats.
pub async fn place(app: &App, caller: &Caller, purchase: &Purchase) -> Result<Place, Error> {
    let directory = Directory(app.peers.relay("identity", caller)?);
    match &purchase.target {
        Some(Target::Existing { organization }) => existing(&directory, *organization).await,
        Some(Target::New { display_name }) => {
            let request_id = purchase.organization_request_id();
            let made = directory.create_organization(display_name, request_id).await?;
            let name = name::Organization::parse(&made.name, "organization")?;
            Ok(Place { organization: name.organization, display_name: made.display_name })
        }
        None => Err(db::Error::broken("purchases", "a mapping without a target").into()),
    }
}

/// An organization that is there, as the caller sees it.
pub async fn existing(directory: &Directory, organization: Uuid) -> Result<Place, Error> {
    let display_name = directory.organization(organization).await?.display_name;
    Ok(Place { organization, display_name })
}

/// MAPPING becomes MAPPED and the pools rise by exactly what was bought (A5), in one transaction.
pub async fn complete(
    app: &App,
    tenant: Tenant,
    purchase: &mut Purchase,
    answer: Option<(Held<'_>, Answer)>,
) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.db.of(tenant).write().await?;
    let mut mapped = purchase.clone();
    mapped.state = State::Mapped;
    mapped.organization = Some(tenant.organization());
    if purchases::update(&mut tx, &mut mapped, None, now).await? {
        mapped.lines.sort();
        for line in &mapped.lines {
            pools::raise(&mut tx, tenant, &line.product, line.seat_count).await?;
            if !pool_grants::insert(&mut tx, tenant, mapped.id, line, now).await? {
                return Err(db::Error::broken("pool_grants", "the purchase counts already").into());
            }
        }
    } else {
        let found = purchases::find(&mut tx, purchase.id).await?;
        if found.and_then(|found| found.organization) != mapped.organization {
            return Err(taken_over());
        }
    }
    if let Some((held, answer)) = answer
        && !held.store(&mut tx, &answer).await?
    {
        return Err(taken_over());
    }
    tx.commit().await?;
    Ok(())
}

fn taken_over() -> Error {
    let text = "the purchase is being mapped by somebody else";
    Refusal::new(Reason::RequestInProgress, text).into()
}

/// The choice was refused for good and had no effect: the buyer may choose again. A repeat that took the
/// call over finds that out for itself.
pub async fn undo(app: &App, purchase: &mut Purchase, held: Option<Held<'_>>) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    if let Some(held) = held
        && !held.forget(&mut tx).await?
    {
        return Ok(());
    }
    purchase.state = State::Paid;
    purchase.target = None;
    purchase.mapped_by = None;
    purchases::update(&mut tx, purchase, None, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The request cannot go on now: the sweeper does, and so does a repeat of the request.
pub async fn leave(app: &App, purchase: &Purchase, held: Held<'_>) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    if held.forget(&mut tx).await? {
        purchases::give_up(&mut tx, purchase, app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Goes on with a mapping whose request ended without finishing it.
pub async fn resume(app: &App, job: &Job, lease: &Lease) -> anyhow::Result<()> {
    let found = purchases::find(&mut app.db.read().await?, lease.key).await?;
    let Some(mut purchase) = found.filter(|found| found.state == State::Mapping) else { return Ok(()) };
    let mapped_by = purchase.mapped_by.as_deref().context("a mapping says who chose")?;
    let caller = Caller::at_work(mapped_by.parse::<Principal>()?);
    let outcome = match place(app, &caller, &purchase).await {
        Ok(place) => complete(app, job.tenant(place.organization), &mut purchase, None).await,
        Err(error) if may_be_repeated(&error) => Err(error),
        Err(error) => {
            let status = Status::from(error);
            tracing::warn!(purchase.id = %purchase.id, %status, "a mapping was refused for good");
            undo(app, &mut purchase, None).await
        }
    };
    if let Err(error) = outcome {
        let status = Status::from(error);
        tracing::warn!(purchase.id = %purchase.id, %status, "a mapping is put off");
        put_off(app, lease).await?;
    }
    Ok(())
}

/// 1, 2, 4 … seconds, at most about a minute.
async fn put_off(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let doublings = u32::try_from(lease.attempt - 1).unwrap_or(0).min(6);
    let not_before = app.clock.now() + chrono::TimeDelta::seconds(1 << doublings);
    let mut tx = app.db.write().await?;
    let _ours = MAPPINGS.give_back(&mut tx, lease, Some(not_before)).await?;
    tx.commit().await?;
    Ok(())
}

/// Mappings that nobody is at work on.
pub async fn take(app: &App, worker: Uuid) -> anyhow::Result<Vec<Lease>> {
    let mut tx = app.db.write().await?;
    let leases = MAPPINGS.take(&mut tx, worker, 4, app.clock.now()).await?;
    tx.commit().await?;
    Ok(leases)
}
