//! What other services tell: how far a mail has come.

use platform::caller::Caller;
use platform::db::{Scope, Tx};
use platform::{inbox, tenant};
use proto::events::v1::event::Payload;
use proto::events::v1::message_state_changed::State as Moved;
use proto::events::v1::{Event, MessageStateChanged};
use proto::name;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::App;
use crate::domain::invitation::State;
use crate::domain::mail::parse_invitation_key;
use crate::store::users;

/// Consumes the events, all in one transaction. What a newer producer tells is left alone.
pub async fn deliver(app: &App, caller: &Caller, events: &[Event]) -> Result<(), Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(scope(caller, events)?).write().await?;
    for event in events {
        if caller.service() != Some(event.source.as_str()) {
            return Err(Refusal::denied("the source's service token", &event.source));
        }
        let id = Uuid::try_parse(&event.id).map_err(|_| Refusal::field("events.id", "must be a UUID"))?;
        if !inbox::first_time(&mut tx, &event.source, id, now).await? {
            continue;
        }
        if let Some(Payload::MessageStateChanged(moved)) = &event.payload {
            mail_moved(&mut tx, caller, moved).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// The organizations whose users these events are about.
fn scope(caller: &Caller, events: &[Event]) -> Result<Scope, Refusal> {
    let moved = events.iter().filter_map(|event| match &event.payload {
        Some(Payload::MessageStateChanged(moved)) => name::User::parse(&moved.user, "user").ok(),
        _ => None,
    });
    moved.map(|user| tenant::of_delivery(caller, user.organization)).collect()
}

/// Mails to somebody who is no user, and mails without an invitation's key, move nothing here.
async fn mail_moved(tx: &mut Tx, caller: &Caller, moved: &MessageStateChanged) -> Result<(), Refusal> {
    let Ok(user) = name::User::parse(&moved.user, "user") else { return Ok(()) };
    let Some((id, generation)) = parse_invitation_key(&moved.dedupe_key) else { return Ok(()) };
    let Some(state) = state(moved.state()).filter(|_| id == user.user) else { return Ok(()) };
    let tenant = tenant::of_delivery(caller, user.organization)?;
    users::mail_moved(tx, tenant.organization(), id, generation, state, &moved.detail).await?;
    Ok(())
}

fn state(moved: Moved) -> Option<State> {
    match moved {
        Moved::Unspecified => None,
        Moved::Queued => Some(State::Queued),
        Moved::Deferred => Some(State::Deferred),
        Moved::Sent => Some(State::Sent),
        Moved::Bounced | Moved::Failed => Some(State::Bounced),
    }
}
