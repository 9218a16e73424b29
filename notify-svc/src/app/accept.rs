//! Events in, messages down: one transaction a delivery.

use platform::caller::Caller;
use platform::db::{self, Tx};
use proto::events::v1::event::Payload;
use proto::events::v1::{Event, MailRequested};
use proto::name::Organization;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::{App, EVERYONE, MESSAGES, broken};
use crate::domain::message::Message;
use crate::store::messages;

/// Writes the messages that these events ask for; other payloads are none of our business. Known dedupe keys
/// change nothing. They are known for ever, so an event that comes again needs no inbox to be found out.
/// Each service speaks for itself only.
pub async fn accept(app: &App, caller: &Caller, events: Vec<Event>) -> Result<(), Refusal> {
    let mut wanted = Vec::with_capacity(events.len());
    for event in events {
        if caller.service() != Some(event.source.as_str()) {
            return Err(Refusal::denied("the source's service token", &event.source));
        }
        Uuid::try_parse(&event.id).map_err(|_| Refusal::field("events.id", "is not a UUID"))?;
        wanted.extend(message(app, event)?);
    }
    let mut tx = app.db.of(EVERYONE).write().await.map_err(broken)?;
    line_up(&mut tx, &mut wanted).await.map_err(broken)?;
    messages::insert(&mut tx, &wanted).await.map_err(broken)?;
    tx.wake(MESSAGES);
    tx.commit().await.map_err(broken)
}

/// One message of each organization a turn: who asks for one mail waits for no more than a mail of each
/// other organization, however many those asked for before (M3).
async fn line_up(tx: &mut Tx, messages: &mut [Message]) -> db::Result<()> {
    let line = |message: &Message| message.organization.unwrap_or_default();
    let mut next = messages::next_turns(tx, &messages.iter().map(line).collect()).await?;
    for message in messages {
        let turn = next.entry(line(message)).or_default();
        message.turn = *turn;
        *turn += 1;
    }
    Ok(())
}

fn message(app: &App, event: Event) -> Result<Option<Message>, Refusal> {
    let organization = match event.organization.as_str() {
        "" => None,
        name => Some(Organization::parse(name, "events.organization")?.organization),
    };
    let traceparent = Some(event.traceparent).filter(|parent| !parent.is_empty());
    let Some(Payload::MailRequested(mail)) = event.payload else { return Ok(None) };
    if !app.templates.knows(&mail.template) {
        return Err(Refusal::field(
            "events.mail_requested.template",
            format!("no template \"{}\"", mail.template),
        ));
    }
    Ok(Some(Message { traceparent, ..from_wire(app, organization, mail) }))
}

fn from_wire(app: &App, organization: Option<Uuid>, mail: MailRequested) -> Message {
    let id = Uuid::now_v7();
    Message {
        id,
        dedupe_key: mail.dedupe_key,
        organization,
        user: mail.user,
        template: mail.template,
        recipient_email: mail.recipient_email,
        recipient_name: mail.recipient_display_name,
        language_code: mail.language_code,
        variables: mail.variables.into_iter().collect(),
        sealed_token: Some(mail.sealed_token).filter(|token| !token.is_empty()),
        link_path: mail.link_path,
        message_id_header: format!("<{id}@{}>", app.message_id_domain),
        // Known when it lines up.
        turn: 0,
        create_time: app.clock.now(),
        expire_time: mail.expire_time.as_ref().and_then(proto::time::from_wire),
        in_doubt: false,
        traceparent: None,
    }
}
