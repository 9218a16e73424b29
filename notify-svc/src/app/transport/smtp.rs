//! One SMTP conversation, phase by phase, so that it is known where it broke.
//!
//! A relay that offers PIPELINING (RFC 2920) hears sender, recipient and DATA in one go: two waits a mail
//! instead of four.
//!
//! lettre's pooled transport answers one error for a whole conversation. Before
//! the final dot a broken connection means "try again"; after it, "it may have
//! gone" (RFC 5321, 4.5.3.2.6), and these two must not be mixed up.

use std::time::{Duration, Instant};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::{timeout, timeout_at};

use crate::config::{Config, Security};
use crate::domain::message::Outcome;
use crate::domain::smtp;

use super::stream;

/// A connection that was used a moment ago is believed: asking it first would cost each mail of a run a
/// round trip. Relays close what rested longer.
const WARM: Duration = Duration::from_secs(1);

/// The relay closes the connection: for being at it too long, for too many mails on it, for a restart
/// (RFC 5321, 3.8).
const CLOSING: u16 = 421;

/// A connection to the relay that is kept between mails.
pub struct Relay {
    config: Config,
    kept: Option<Kept>,
}

struct Kept {
    open: Open,
    used: Instant,
}

/// A connection that can begin a mail.
struct Open {
    connection: AsyncSmtpConnection,
    pipelines: bool,
}

/// Why MAIL FROM was not taken.
enum Unsent {
    /// What the relay said, or that it said nothing.
    Answer(Error),
    /// The relay does not offer what this mail needs (RFC 6531, 3.2).
    Unfit,
}

impl From<Error> for Unsent {
    fn from(error: Error) -> Self {
        Self::Answer(error)
    }
}

impl Relay {
    /// Connects when the first mail comes.
    pub fn new(config: Config) -> Self {
        Self { config, kept: None }
    }

    /// Sends one mail and says how far it came. Never fails: every failure is an outcome.
    pub async fn send(&mut self, mail: &lettre::Message) -> Outcome {
        let mut open = match self.begin(mail).await {
            Ok(open) => open,
            Err(outcome) => return outcome,
        };
        let outcome = converse(&mut open, mail, self.config.smtp_timeout).await;
        match outcome {
            Outcome::Accepted => self.kept = Some(Kept { open, used: Instant::now() }),
            // Dropped: behind DATA it would take a QUIT for the mail.
            _ if open.pipelines => {}
            _ => abort(&mut open.connection).await,
        }
        outcome
    }

    /// A connection that has taken MAIL FROM: the kept one, or a new one. With what follows it waits four
    /// times at most, which the lease of a message has room for.
    async fn begin(&mut self, mail: &lettre::Message) -> Result<Open, Outcome> {
        let Some(Kept { mut open, used }) = self.kept.take() else { return self.begin_anew(mail).await };
        let is_warm = used.elapsed() < WARM;
        // One wait for both questions: a new connection may have to follow them.
        let end = tokio::time::Instant::now() + self.config.smtp_timeout;
        if !is_warm && !timeout_at(end, open.connection.test_connected()).await.unwrap_or(false) {
            return self.begin_anew(mail).await;
        }
        match timeout_at(end, from(&mut open, mail)).await {
            Ok(Ok(())) => Ok(open),
            // Closed since the last mail: nothing of this one was heard there.
            Ok(Err(Unsent::Answer(error))) if is_closed(&error) => self.begin_anew(mail).await,
            Ok(Err(unsent)) => Err(given_up(&mut open, unsent).await),
            Err(_) => Err(late()),
        }
    }

    async fn begin_anew(&self, mail: &lettre::Message) -> Result<Open, Outcome> {
        let begun = timeout(self.config.smtp_timeout, async {
            let mut open = connect(&self.config).await?;
            match from(&mut open, mail).await {
                Ok(()) => Ok(open),
                Err(unsent) => Err(given_up(&mut open, unsent).await),
            }
        });
        begun.await.unwrap_or_else(|_| Err(late()))
    }
}

fn is_closed(error: &Error) -> bool {
    error.status().is_none_or(|code| u16::from(code) == CLOSING)
}

async fn given_up(open: &mut Open, unsent: Unsent) -> Outcome {
    if !open.pipelines {
        abort(&mut open.connection).await;
    }
    match unsent {
        Unsent::Answer(error) => not_about_the_mail(&error),
        Unsent::Unfit => Outcome::Refused("5.6.7 the relay takes no addresses beyond ASCII".to_owned()),
    }
}

/// After a refusal the conversation's state is not worth guessing.
async fn abort(connection: &mut AsyncSmtpConnection) {
    let _ = timeout(Duration::from_secs(1), connection.abort()).await;
}

async fn connect(config: &Config) -> Result<Open, Outcome> {
    let tls = TlsParameters::new(config.smtp_host.clone()).map_err(|error| not_about_the_mail(&error))?;
    connect_trusting(config, tls).await
}

async fn connect_trusting(config: &Config, tls: TlsParameters) -> Result<Open, Outcome> {
    let hello = ClientId::default();
    let address = (config.smtp_host.as_str(), config.smtp_port);
    let connected = match config.smtp_security {
        Security::Tls => {
            let limit = Some(config.smtp_timeout);
            AsyncSmtpConnection::connect_tokio1(address, limit, &hello, Some(tls.clone()), None).await
        }
        Security::Starttls | Security::None => {
            let stream = stream::open(address, config.smtp_security).await;
            let stream = stream.map_err(|error| unreachable_relay(&error))?;
            AsyncSmtpConnection::connect_with_transport(stream, &hello).await
        }
    };
    let mut connection = connected.map_err(|error| not_about_the_mail(&error))?;
    let pipelines = introduce(&mut connection, config, tls, &hello).await;
    let pipelines = pipelines.map_err(|error| not_about_the_mail(&error))?;
    Ok(Open { connection, pipelines })
}

/// Encrypts and signs in, as it is set; then whether the relay offers PIPELINING.
async fn introduce(
    connection: &mut AsyncSmtpConnection,
    config: &Config,
    tls: TlsParameters,
    hello: &ClientId,
) -> Result<bool, Error> {
    if config.smtp_security == Security::Starttls {
        connection.starttls(tls, hello).await?;
    }
    if let (Some(user), Some(password)) = (&config.smtp_user, &config.smtp_password) {
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
    }
    // lettre keeps only the extensions that it uses itself: the relay is asked once more for all of them.
    match connection.command(Ehlo::new(hello.clone())).await {
        Ok(offers) => Ok(offers.message().any(|line| line.eq_ignore_ascii_case("PIPELINING"))),
        // One that does not like to be asked twice.
        Err(refused) if refused.status().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

async fn converse(open: &mut Open, mail: &lettre::Message, limit: Duration) -> Outcome {
    match timeout(limit, recipients(open, mail)).await {
        Ok(Ok(())) => {}
        Ok(Err(outcome)) => return outcome,
        Err(_) => return late(),
    }
    match timeout(limit, message(&mut open.connection, mail)).await {
        Ok(Ok(_)) => Outcome::Accepted,
        Ok(Err(error)) => answered(&error).unwrap_or_else(|| {
            Outcome::Unknown(format!("the connection broke after the final dot: {error}"))
        }),
        Err(_) => Outcome::Unknown("no answer after the final dot".to_owned()),
    }
}

/// Says who sends, and with PIPELINING all the rest up to the message; hears about the sender.
async fn from(open: &mut Open, mail: &lettre::Message) -> Result<(), Unsent> {
    let (envelope, offers) = (mail.envelope(), open.connection.server_info());
    let mut parameters = Vec::new();
    if envelope.to().iter().any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
        if !offers.supports_feature(Extension::SmtpUtfEight) {
            return Err(Unsent::Unfit);
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if offers.supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mut words = Mail::new(envelope.from().cloned(), parameters).to_string();
    if open.pipelines {
        envelope.to().iter().for_each(|to| words.push_str(&Rcpt::new(to.clone(), Vec::new()).to_string()));
        words.push_str(&Data.to_string());
    }
    open.connection.command(words).await?;
    Ok(())
}

/// Hears about each recipient and DATA, which it says first where the relay does not take all at once.
async fn recipients(open: &mut Open, mail: &lettre::Message) -> Result<(), Outcome> {
    let Open { connection, pipelines } = open;
    for to in mail.envelope().to() {
        let heard = match pipelines {
            true => connection.read_response().await,
            false => connection.command(Rcpt::new(to.clone(), Vec::new())).await,
        };
        heard.map_err(|error| before_final_dot(&error))?;
    }
    let heard = match pipelines {
        true => connection.read_response().await,
        false => connection.command(Data).await,
    };
    heard.map(drop).map_err(|error| before_final_dot(&error))
}

/// The message with its final dot in one write: as two, each is a packet and wakes the relay.
async fn message(connection: &mut AsyncSmtpConnection, mail: &lettre::Message) -> Result<(), Error> {
    let Ok(text) = String::from_utf8(mail.formatted()) else {
        return connection.message(&mail.formatted()).await.map(drop);
    };
    connection.command(dotted(text)).await.map(drop)
}

/// Transparent (RFC 5321, 4.5.2): no line of the message is taken for its end.
fn dotted(text: String) -> String {
    let mut text = if text.contains("\r\n.") { text.replace("\r\n.", "\r\n..") } else { text };
    if text.starts_with('.') {
        text.insert(0, '.');
    }
    text.push_str(if text.ends_with("\r\n") { ".\r\n" } else { "\r\n.\r\n" });
    text
}

/// Up to MAIL FROM the relay has heard only of us: a changed password or a sender it does not know is
/// the operator's to mend, and must not use up the mails that wait meanwhile.
fn not_about_the_mail(error: &Error) -> Outcome {
    tracing::warn!(%error, "the relay does not take mails from us");
    match before_final_dot(error) {
        Outcome::NoSuchMailbox(detail) | Outcome::Refused(detail) => Outcome::Later(detail),
        outcome => outcome,
    }
}

fn before_final_dot(error: &Error) -> Outcome {
    answered(error).unwrap_or_else(|| Outcome::Later(format!("the connection failed: {error}")))
}

/// What the server said, when it was the server that said no.
fn answered(error: &Error) -> Option<Outcome> {
    let code: u16 = error.status()?.into();
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    Some(smtp::negative(code, &text))
}

fn unreachable_relay(error: &std::io::Error) -> Outcome {
    Outcome::Later(format!("the relay cannot be reached: {error}"))
}

fn late() -> Outcome {
    Outcome::Later("the relay did not answer in time".to_owned())
}

#[cfg(test)]
mod tests;
