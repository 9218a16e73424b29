//! The link of an invitation: set a password, once (G12-G14, N9).

use askama::Template;

use super::form::Form;
use super::page::Page;
use super::text::When;

/// `/activate` before anything is known. GET changes nothing; POSTs `code` to `/activate`.
#[derive(Template, Debug, Default)]
#[template(path = "activate_code.html")]
pub struct Code {
    /// The page.
    pub page: Page,
    /// Input `code`; a problem with it when the code is unknown.
    pub form: Form,
}

/// The link is good: POSTs `code`, `password`, `password_again` to `/activate/password`.
#[derive(Template, Debug, Default)]
#[template(path = "activate_password.html")]
pub struct Password {
    /// The page.
    pub page: Page,
    /// Problems.
    pub form: Form,
    /// The code, carried on unseen.
    pub code: String,
    /// Who invites.
    pub organization: String,
    /// `a…@example.com`.
    pub email_masked: String,
    /// The full address for password managers when the server gives it; otherwise empty.
    pub email: String,
    /// Smallest password length.
    pub password_minimum: u32,
    /// When the link ends.
    pub expires: Option<When>,
}

/// The e-mail has an account already: sign in and accept. POSTs `code` to `/activate/accept`.
#[derive(Template, Debug, Default)]
#[template(path = "activate_accept.html")]
pub struct Accept {
    /// The page.
    pub page: Page,
    /// A problem, for instance signed in with another e-mail.
    pub form: Form,
    /// The code, carried on unseen.
    pub code: String,
    /// Who invites.
    pub organization: String,
    /// `a…@example.com`.
    pub email_masked: String,
    /// Signed in now: the button accepts; otherwise the page asks for `email` and `password` as well.
    pub signed_in: bool,
}

/// Which fate the link met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Past its time; says the date before it asks for anything (N9).
    Expired(When),
    /// Used once already (G14).
    Used,
    /// Withdrawn by an administrator, or replaced.
    Revoked,
    /// No such link.
    Unknown,
    /// The order was cancelled or refunded.
    Cancelled,
}

/// A link that leads nowhere, for `/activate` and `/claim`. POSTs `code` to `resend_action`.
#[derive(Template, Debug)]
#[template(path = "link_dead.html")]
pub struct Dead {
    /// The page.
    pub page: Page,
    /// What happened to the link.
    pub fate: Fate,
    /// The code, carried on unseen.
    pub code: String,
    /// Where the button "Send a new link" posts to; empty hides it.
    pub resend_action: String,
    /// A new link is on its way to the same address.
    pub resent: bool,
}

impl Dead {
    /// The heading.
    #[must_use]
    pub fn heading(&self) -> String {
        match &self.fate {
            Fate::Expired(when) => format!("This link expired on {}", when.day()),
            Fate::Used => "This link was used already".into(),
            Fate::Revoked => "This link was withdrawn".into(),
            Fate::Unknown => "We do not know this link".into(),
            Fate::Cancelled => "This order was cancelled".into(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match &self.fate {
            Fate::Expired(_) => "A link works for a limited time. We can mail a new one to the same address.",
            Fate::Used => {
                "If it was you, sign in with the password you set. If not, tell the administrator who invited you."
            }
            Fate::Revoked => {
                "An administrator withdrew the invitation, or the e-mail address changed. Ask for a new one."
            }
            Fate::Unknown => {
                "Copy the whole code from the mail, or ask the person who invited you for a new link."
            }
            Fate::Cancelled => "There is nothing to map. If you paid for it, write to support.",
        }
    }
}
