//! Ways out: an SMTP relay. (The development mailbox is a table, see `send`.)

pub mod smtp;
mod stream;

use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart, header};
use lettre::{Address, Message as Mime};

use crate::domain::message::Message;
use crate::domain::rendering::Rendered;

/// Builds the MIME message: text and HTML, stable Message-ID, marked as automatic.
///
/// # Errors
///
/// An address that no mail can be sent to, in words.
pub fn mime(from: &Mailbox, message: &Message, rendered: Rendered) -> Result<Mime, String> {
    let address = address(&message.recipient_email)?;
    // lettre panics at a control character in a name.
    let name = message.recipient_name.replace(char::is_control, " ");
    let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    // Given, because it would be read out of the headers again.
    let envelope = Envelope::new(Some(from.email.clone()), vec![address.clone()]);
    let envelope = envelope.map_err(|cause| format!("cannot be addressed: {cause}"))?;
    Mime::builder()
        .envelope(envelope)
        .from(from.clone())
        .to(Mailbox::new(name, address))
        .subject(rendered.subject.as_str())
        .message_id(Some(message.message_id_header.clone()))
        .date(message.create_time.into())
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(lines(&rendered.text), lines(&rendered.html)))
        .map_err(|cause| format!("cannot be built: {cause}"))
}

/// With its domain as it stands in DNS (RFC 5891): then only a local part beyond ASCII asks more of the relay.
fn address(email: &str) -> Result<Address, String> {
    let no_address = |cause: &dyn std::fmt::Display| format!("5.1.3 not a mail address: {cause}");
    let typed: Address = email.parse().map_err(|cause| no_address(&cause))?;
    let domain = idna::domain_to_ascii(typed.domain()).map_err(|cause| no_address(&cause))?;
    Address::new(typed.user(), domain).map_err(|cause| no_address(&cause))
}

/// With the line ends of mails: lettre would put them in one by one.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no vacation notice answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
