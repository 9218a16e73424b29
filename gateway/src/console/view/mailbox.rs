//! The development mailbox at `/dev/mailbox`; refused in production.

use askama::Template;

use super::list::{List, Search};
use super::page::Page;
use super::text::When;

/// `/dev/mailbox`.
#[derive(Template, Debug)]
#[template(path = "mailbox.html")]
pub struct Mailbox {
    /// The page.
    pub page: Page,
    /// The search box (recipient or subject).
    pub search: Search,
    /// Newest first.
    pub list: List<Row>,
}

/// One mail of the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// `/dev/mailbox/{mail}`.
    pub href: String,
    /// Subject.
    pub subject: String,
    /// Recipient.
    pub to: String,
    /// When it was handed over.
    pub at: When,
}

/// `/dev/mailbox/{mail}`.
#[derive(Template, Debug)]
#[template(path = "mail.html")]
pub struct Mail {
    /// The page.
    pub page: Page,
    /// Subject.
    pub subject: String,
    /// Sender.
    pub from: String,
    /// Recipient.
    pub to: String,
    /// When it was handed over.
    pub at: When,
    /// Links found in the text part.
    pub links: Vec<String>,
    /// Text part.
    pub text: String,
    /// `/dev/mailbox/{mail}/html`, answered with [`super::assets::MAIL_SECURITY_POLICY`]; empty without an HTML part.
    pub html_href: String,
}
