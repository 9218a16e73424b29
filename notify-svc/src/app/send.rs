//! One message: render, hand over, write down what became of it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{self, Tx};
use platform::lease::Lease;
use platform::outbox;
use platform::telemetry;
use proto::events::v1::event::Payload;
use proto::events::v1::message_state_changed::State as WireState;
use proto::events::v1::{Event, MessageStateChanged};
use uuid::Uuid;

use super::render::{self, Mail};
use super::transport::{self, smtp::Relay};
use super::{App, EVERYONE};
use crate::config::Delivery;
use crate::domain::events;
use crate::domain::message::{Message, Next, Outcome, State, after};
use crate::store::{mailbox, messages};

/// How often, and how long apart, it is tried to write down what became of a mail that left.
const SETTLE_TRIES: usize = 30;
const SETTLE_PAUSE: Duration = Duration::from_secs(1);

/// A message so fresh from the queue is ours without asking again: the term has room for a conversation
/// and this.
const FRESH: TimeDelta = TimeDelta::seconds(30);

/// A message that was taken to be sent.
pub struct Taken {
    /// Ours until its term ends.
    pub lease: Lease,
    /// The message.
    pub message: Message,
    /// When.
    pub time: DateTime<Utc>,
}

/// Takes up to `limit` messages that wait.
pub async fn take(app: &App, owner: Uuid, limit: i64) -> db::Result<Vec<Taken>> {
    let time = app.clock.now();
    let mut tx = app.db.of(EVERYONE).write().await?;
    let leases = app.queue().take(&mut tx, owner, limit, time).await?;
    let mut found = messages::leased(&mut tx, &leases).await?;
    tx.commit().await?;
    found.sort_by_key(|message| message.create_time);
    let lease_of = |message: &Message| leases.iter().find(|lease| lease.key == message.id).copied();
    let taken =
        found.into_iter().filter_map(|message| Some(Taken { lease: lease_of(&message)?, message, time }));
    Ok(taken.collect())
}

/// Sends one message that was taken. In the development mailbox the mail and
/// the message's state are one transaction; through a relay the state follows.
pub async fn send(app: &App, relay: &mut Relay, taken: &Taken) -> db::Result<()> {
    let Taken { lease, message, time } = taken;
    let rendered = match prepared(app, message) {
        Ok(mail) => mail,
        Err(outcome) => return settle(app, lease, message, outcome, None).await,
    };
    match app.delivery {
        Delivery::Mailbox => {
            let mail = boxed(app, message, &rendered);
            settle(app, lease, message, Outcome::Accepted, Some(mail)).await
        }
        Delivery::Smtp => {
            if app.clock.now() - *time >= FRESH && !still_ours(app, lease).await? {
                return Ok(());
            }
            let outcome = match transport::mime(&app.from, message, &rendered.rendered) {
                Ok(mime) => relay.send(&mime).await,
                Err(problem) => Outcome::NoSuchMailbox(problem),
            };
            settle_in_the_end(app, lease, message, outcome).await
        }
    }
}

/// Gives back a message that was taken and not tried.
pub async fn put_back(app: &App, lease: &Lease) -> db::Result<()> {
    let mut tx = app.db.of(EVERYONE).write().await?;
    app.queue().put_back(&mut tx, lease).await?;
    tx.commit().await
}

/// The term begins anew with each conversation: others of the batch may have taken all of it.
async fn still_ours(app: &App, lease: &Lease) -> db::Result<bool> {
    let mut tx = app.db.of(EVERYONE).write().await?;
    let ours = app.queue().keep(&mut tx, lease, app.clock.now()).await?;
    tx.commit().await?;
    Ok(ours)
}

fn prepared(app: &App, message: &Message) -> Result<Mail, Outcome> {
    if message.expire_time.is_some_and(|expire| expire <= app.clock.now()) {
        return Err(Outcome::Refused("its link has expired".to_owned()));
    }
    render::render(app, message).map_err(|error| {
        tracing::error!(message.id = %message.id, error = %error, "a mail cannot be rendered");
        Outcome::Refused(error.to_string())
    })
}

fn boxed(app: &App, message: &Message, mail: &Mail) -> mailbox::Mail {
    mailbox::Mail {
        id: message.id,
        from_email: app.from.to_string(),
        recipient_email: message.recipient_email.clone(),
        subject: mail.rendered.subject.clone(),
        text_body: mail.rendered.text.clone(),
        html_body: mail.rendered.html.clone(),
        link: mail.link.clone(),
        message_id_header: message.message_id_header.clone(),
        receive_time: app.clock.now(),
    }
}

/// What left cannot be called back, and would leave again if nobody wrote down that it did: a database
/// that is away for a moment is waited for.
async fn settle_in_the_end(app: &App, lease: &Lease, message: &Message, outcome: Outcome) -> db::Result<()> {
    for _ in 0..SETTLE_TRIES {
        match settle(app, lease, message, outcome.clone(), None).await {
            Err(error) if error.is_unavailable() => tokio::time::sleep(SETTLE_PAUSE).await,
            settled => return settled,
        }
    }
    settle(app, lease, message, outcome, None).await
}

async fn settle(
    app: &App,
    lease: &Lease,
    message: &Message,
    outcome: Outcome,
    mail: Option<mailbox::Mail>,
) -> db::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.of(EVERYONE).write().await?;
    if !app.queue().keep(&mut tx, lease, now).await? {
        return Ok(());
    }
    if let Some(mail) = mail {
        mailbox::insert(&mut tx, &mail).await?;
    }
    let next = after(message, lease.attempt, outcome, now);
    let fared = match &next {
        Next::Final(state, _) => state.as_str(),
        Next::Retry(..) => "DEFERRED",
    };
    match next {
        Next::Final(state, detail) => {
            messages::finish(&mut tx, message.id, state, &detail, now).await?;
            tell(app, &mut tx, message, wire(state), detail).await?;
        }
        Next::Retry(time, detail) => {
            messages::note(&mut tx, message.id, &detail).await?;
            app.queue().give_back(&mut tx, lease, Some(time)).await?;
            tell(app, &mut tx, message, WireState::Deferred, detail).await?;
        }
    }
    tx.commit().await?;
    telemetry::note("mail.outcome", fared);
    app.fared.count(fared);
    Ok(())
}

fn wire(state: State) -> WireState {
    match state {
        State::Accepted => WireState::Sent,
        State::Bounced => WireState::Bounced,
        State::Unknown | State::Dead => WireState::Failed,
    }
}

async fn tell(app: &App, tx: &mut Tx, message: &Message, state: WireState, detail: String) -> db::Result<()> {
    if message.user.is_empty() {
        return Ok(());
    }
    let changed = MessageStateChanged {
        user: message.user.clone(),
        dedupe_key: message.dedupe_key.clone(),
        state: state.into(),
        detail,
    };
    let now = app.clock.now();
    let event = Event {
        id: Uuid::now_v7().to_string(),
        source: "notify".to_owned(),
        organization: message.organization.map(|id| format!("organizations/{id}")).unwrap_or_default(),
        occur_time: Some(proto::time::to_wire(now)),
        ordering_key: message.user.clone(),
        // Set when it is written: see outbox::put.
        traceparent: String::new(),
        payload: Some(Payload::MessageStateChanged(changed)),
    };
    outbox::put(tx, &event, events::SUBSCRIBERS_OF_MESSAGE_STATE, now).await
}
