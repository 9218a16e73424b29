//! What other services tell: how far a mail has come.

use std::collections::BTreeMap;

use platform::caller::Caller;
use platform::db::Scope;
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
use crate::store::users::mails;

/// By organization, then by user and generation.
type Moves = BTreeMap<Uuid, BTreeMap<(Uuid, i64), mails::Moved>>;

/// Consumes the events, all in one transaction. What a newer producer tells is left alone.
pub async fn deliver(app: &App, caller: &Caller, events: &[Event]) -> Result<(), Refusal> {
    let now = app.clock.now();
    let Some(source) = source(caller, events)? else { return Ok(()) };
    let ids = events.iter().map(id).collect::<Result<Vec<Uuid>, Refusal>>()?;
    let mut tx = app.db.of(scope(caller, events)?).write().await?;
    let new = inbox::first_times(&mut tx, source, &ids, now).await?;
    let new = events.iter().zip(&ids).filter(|(_, id)| new.contains(id)).map(|(event, _)| event);
    for (organization, mails) in moved(caller, new)? {
        let mails: Vec<mails::Moved> = mails.into_values().collect();
        mails::moved(&mut tx, organization, &mails).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Who tells, which a service may do of itself only; none without events.
fn source<'e>(caller: &Caller, events: &'e [Event]) -> Result<Option<&'e str>, Refusal> {
    match events.iter().find(|event| caller.service() != Some(event.source.as_str())) {
        Some(foreign) => Err(Refusal::denied("the source's service token", &foreign.source)),
        None => Ok(events.first().map(|event| event.source.as_str())),
    }
}

fn id(event: &Event) -> Result<Uuid, Refusal> {
    Uuid::try_parse(&event.id).map_err(|_| Refusal::field("events.id", "must be a UUID"))
}

/// The organizations whose users these events are about.
fn scope(caller: &Caller, events: &[Event]) -> Result<Scope, Refusal> {
    let moved = events.iter().filter_map(|event| match &event.payload {
        Some(Payload::MessageStateChanged(moved)) => name::User::parse(&moved.user, "user").ok(),
        _ => None,
    });
    moved.map(|user| tenant::of_delivery(caller, user.organization)).collect()
}

/// By organization what became of each mail, the last word about it. Mails to somebody who is no user, and
/// mails without an invitation's key, move nothing here.
fn moved<'e>(caller: &Caller, events: impl Iterator<Item = &'e Event>) -> Result<Moves, Refusal> {
    let mut moves = Moves::new();
    for event in events {
        let Some(Payload::MessageStateChanged(moved)) = &event.payload else { continue };
        let Some((organization, mail)) = mail(moved) else { continue };
        let organization = tenant::of_delivery(caller, organization)?.organization();
        moves.entry(organization).or_default().insert((mail.id, mail.generation), mail);
    }
    Ok(moves)
}

fn mail(moved: &MessageStateChanged) -> Option<(Uuid, mails::Moved)> {
    let user = name::User::parse(&moved.user, "user").ok()?;
    let (id, generation) = parse_invitation_key(&moved.dedupe_key)?;
    let state = state(moved.state()).filter(|_| id == user.user)?;
    Some((user.organization, mails::Moved { id, generation, state, detail: moved.detail.clone() }))
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
