//! What happened elsewhere: users are switched off and on (entitlement; the seat is kept).

use platform::caller::Caller;
use platform::db::{Scope, Tx};
use platform::inbox;
use platform::tenant::{self, Tenant};
use proto::events::v1::Event;
use proto::events::v1::event::Payload;
use proto::name;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::{App, Error};
use crate::store::user_suspensions;

/// Writes the events down with their effects, all or none; a repeated delivery changes nothing.
pub async fn deliver(app: &App, caller: &Caller, events: Vec<Event>) -> Result<(), Error> {
    let mut tx = app.db.of(scope(caller, &events)?).write().await?;
    for event in events {
        consume(app, caller, &mut tx, event).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The organizations whose users these events are about.
fn scope(caller: &Caller, events: &[Event]) -> Result<Scope, Refusal> {
    let mut tenants = Vec::new();
    for event in events {
        if let Some((user, _)) = effect(event)? {
            tenants.push(tenant::of_delivery(caller, user.organization)?);
        }
    }
    Ok(tenants.into_iter().collect())
}

async fn consume(app: &App, caller: &Caller, tx: &mut Tx, event: Event) -> Result<(), Error> {
    if caller.service() != Some(event.source.as_str()) {
        return Err(Refusal::denied("the source's service token", &event.source).into());
    }
    let Some((user, active)) = effect(&event)? else { return Ok(()) };
    let id = Uuid::try_parse(&event.id).map_err(|_| Refusal::field("events.id", "is no UUID"))?;
    let tenant = tenant::of_delivery(caller, user.organization)?;
    if inbox::first_time(tx, &event.source, id, app.clock.now()).await? {
        switch(app, tx, tenant, user.user, active).await?;
    }
    Ok(())
}

/// Who is switched, and how; `None` for events that change nothing here.
fn effect(event: &Event) -> Result<Option<(name::User, bool)>, Refusal> {
    let (user, active) = match &event.payload {
        Some(Payload::UserDeactivated(deactivated)) => (&deactivated.user, false),
        Some(Payload::UserReactivated(reactivated)) => (&reactivated.user, true),
        _ => return Ok(None),
    };
    Ok(Some((name::User::parse(user, "events.user")?, active)))
}

async fn switch(app: &App, tx: &mut Tx, tenant: Tenant, user: Uuid, active: bool) -> Result<(), Error> {
    if active {
        user_suspensions::delete(tx, tenant, user).await?;
    } else {
        user_suspensions::insert(tx, tenant, user, app.clock.now()).await?;
    }
    Ok(())
}
