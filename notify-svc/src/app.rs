//! What notify-svc does.

pub mod accept;
pub mod check;
pub mod ledger;
pub mod mailbox;
pub mod render;
pub mod send;
pub mod transport;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use lettre::message::Mailbox;
use platform::clock::Clock;
use platform::db::{Db, Everyone};
use platform::keys::Keys;
use platform::lease;
use platform::serve::{Process, Spawner};
use platform::telemetry::Tally;
use proto::refusal::Refusal;

use crate::config::{Config, Delivery, Site};
use crate::domain::rendering::Templates;
use crate::store::messages;

/// The topic that rings when messages are waiting.
pub const MESSAGES: &str = "messages";

/// Whose mails are written and sent.
const EVERYONE: Everyone = Everyone("the mails of every organization, and of none, wait in one queue");

/// A conversation waits four times at most, and what became of it is written down within three minutes:
/// all of it fits into the term of [`App::queue`].
const LONGEST_SMTP_TIMEOUT: Duration = Duration::from_secs(90);

/// What the use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub keys: Keys,
    pub site: Arc<Site>,
    pub config: Arc<Config>,
    pub delivery: Delivery,
    pub from: Mailbox,
    pub templates: Arc<Templates>,
    /// Behind the @ of each Message-ID.
    pub message_id_domain: Arc<str>,
    /// How mails fared.
    pub fared: Tally,
    /// Where that is written down.
    pub ledger: ledger::Ledger,
    /// Starts what goes on beside the senders.
    pub spawner: Spawner,
}

impl App {
    /// The messages that wait. The mailbox takes a moment; an SMTP conversation may take minutes.
    pub fn queue(&self) -> lease::Table {
        let term = match self.delivery {
            Delivery::Mailbox => TimeDelta::seconds(20),
            Delivery::Smtp => TimeDelta::minutes(10),
        };
        messages::queue(term)
    }

    /// Refuses a bad sender address, half a credential, and the mailbox in production (M12).
    pub fn new(config: Config, site: Site, process: &Process, db: Db) -> anyhow::Result<Self> {
        let default = if site.development { Delivery::Mailbox } else { Delivery::Smtp };
        let delivery = config.delivery.unwrap_or(default);
        anyhow::ensure!(
            site.development || delivery != Delivery::Mailbox,
            "notify-delivery = mailbox keeps mails with their links and is refused in production mode: set smtp"
        );
        anyhow::ensure!(
            config.smtp_timeout <= LONGEST_SMTP_TIMEOUT,
            "notify-smtp-timeout is at most 90s: a conversation of four such steps must end before its mail is taken over"
        );
        anyhow::ensure!(
            config.smtp_password.is_none() || config.smtp_user.is_some(),
            "notify-smtp-password without notify-smtp-user would be sent to nobody: set both, or neither for a relay that asks for none"
        );
        let from: Mailbox = config.from.parse().context("notify-from is not a mail address")?;
        let domain = from.email.domain().to_owned();
        Ok(Self {
            db,
            clock: process.clock.clone(),
            keys: process.keys.clone(),
            site: Arc::new(site),
            config: Arc::new(config),
            delivery,
            from,
            templates: Arc::new(Templates::load().context("a built-in mail template is broken")?),
            message_id_domain: domain.into(),
            fared: process.metrics.tally(
                "notify",
                "roster.mails",
                "Tries to send a mail, by what became of it.",
                "outcome",
            ),
            ledger: ledger::ledger(&process.spawner),
            spawner: process.spawner.clone(),
        })
    }
}

/// A broken database is logged here, once, and answered without its text.
pub fn broken(error: platform::db::Error) -> Refusal {
    if error.is_unavailable() {
        return Refusal::unavailable("notify database");
    }
    tracing::error!(error = %error, "the notify database failed");
    Refusal::internal()
}
