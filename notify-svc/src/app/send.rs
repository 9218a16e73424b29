//! One message: render, hand over, have it written down what became of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use platform::db;
use platform::lease::Lease;
use platform::telemetry;
use proto::events::v1::event::Payload;
use proto::events::v1::message_state_changed::State as WireState;
use proto::events::v1::{Event, MessageStateChanged};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::ledger::{self, Fared};
use super::render::{self, Mail};
use super::transport::{self, smtp::Relay};
use super::{App, EVERYONE};
use crate::domain::message::{Message, Next, Outcome, State, after};
use crate::store::{mailbox, messages};

/// How long, and after which pauses, it is tried to write down what became of a mail that left.
const SETTLE_TIME: Duration = Duration::from_secs(165);
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
    let mut taken = messages::take(&mut tx, &app.queue(), owner, limit, time).await?;
    tx.commit().await?;
    taken.sort_by_key(|(_, message)| (message.turn, message.create_time));
    Ok(taken.into_iter().map(|(lease, message)| Taken { lease, message, time }).collect())
}

/// Puts one message that was taken into the development mailbox: the mail and the message's state are one
/// transaction, which is under way when this returns.
pub fn keep(app: &App, taken: &Taken) -> Arc<Fared> {
    let (outcome, mail) = match prepared(app, &taken.message) {
        Ok(mail) => (Outcome::Accepted, Some(boxed(app, &taken.message, &mail))),
        Err(outcome) => (outcome, None),
    };
    fared(app, taken, outcome, mail)
}

/// Sends one message that was taken through a relay: what is to be written down then.
pub async fn send(app: &App, relay: &mut Relay, taken: &Taken) -> Arc<Fared> {
    let outcome = match prepared(app, &taken.message) {
        Ok(mail) => match transport::mime(&app.from, &taken.message, mail.rendered) {
            Ok(mime) => relay.send(&mime).await,
            Err(problem) => Outcome::NoSuchMailbox(problem),
        },
        Err(outcome) => outcome,
    };
    fared(app, taken, outcome, None)
}

fn fared(app: &App, taken: &Taken, outcome: Outcome, mail: Option<mailbox::Mail>) -> Arc<Fared> {
    let Taken { lease, message, .. } = taken;
    let now = app.clock.now();
    let next = after(message, lease.attempt, outcome, now);
    let event = told(message, &next, now);
    let fared = Fared { lease: *lease, next, event, mail };
    telemetry::note("mail.outcome", fared.word());
    Arc::new(fared)
}

/// Whether a message is ours without asking again.
pub fn is_fresh(app: &App, taken: &Taken) -> bool {
    app.clock.now() - taken.time < FRESH
}

/// Gives back messages that were taken and not tried, those that are ours still.
pub async fn put_back(app: &App, untried: &[Taken]) -> db::Result<()> {
    let mut tx = app.db.of(EVERYONE).write().await?;
    for taken in untried {
        app.queue().put_back(&mut tx, &taken.lease).await?;
    }
    tx.commit().await
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

/// A mail that left, while it is written down.
pub struct Settling(oneshot::Receiver<Result<(), Arc<db::Error>>>);

impl Settling {
    /// Waits for it.
    pub async fn end(self) -> Result<(), Arc<db::Error>> {
        self.0.await.unwrap_or_else(|_| Err(Arc::new(db::Error::cut_off())))
    }
}

/// What left cannot be called back, and would leave again if nobody wrote down that it did: a database
/// that is away for a moment is waited for, whatever its sender does meanwhile. It is under way when this
/// returns.
pub fn settle_in_the_end(app: &App, fared: Arc<Fared>) -> Settling {
    let (first, began) = (ledger::settle(app, &fared), Instant::now());
    let (sender, receiver) = oneshot::channel();
    let writer = app.clone();
    app.spawner.task("mail.settle", async move {
        let mut settled = first.await;
        while settled.as_ref().is_err_and(|error| error.is_unavailable()) && began.elapsed() < SETTLE_TIME {
            tokio::time::sleep(SETTLE_PAUSE).await;
            settled = ledger::settle(&writer, &fared).await;
        }
        // Its sender may have failed over another mail.
        let _ = sender.send(settled);
    });
    Settling(receiver)
}

/// The event that tells of it, in the trace of the try; none when nobody asks.
fn told(message: &Message, next: &Next, now: DateTime<Utc>) -> Option<Event> {
    if message.user.is_empty() {
        return None;
    }
    let (state, detail) = match next {
        Next::Final(state, detail) => (wire(*state), detail),
        Next::Retry(_, detail) | Next::Repeat(_, detail) => (WireState::Deferred, detail),
    };
    let changed = MessageStateChanged {
        user: message.user.clone(),
        dedupe_key: message.dedupe_key.clone(),
        state: state.into(),
        detail: detail.clone(),
    };
    Some(Event {
        id: Uuid::now_v7().to_string(),
        source: "notify".to_owned(),
        organization: message.organization.map(|id| format!("organizations/{id}")).unwrap_or_default(),
        occur_time: Some(proto::time::to_wire(now)),
        ordering_key: message.user.clone(),
        traceparent: telemetry::current().unwrap_or_default(),
        payload: Some(Payload::MessageStateChanged(changed)),
    })
}

fn wire(state: State) -> WireState {
    match state {
        State::Accepted => WireState::Sent,
        State::Bounced => WireState::Bounced,
        State::Unknown | State::Dead => WireState::Failed,
    }
}
