//! Organization > Members by status, and the form that creates one (G3, G4, G10, G11, G20).

use askama::Template;

use super::badge::Badge;
use super::form::{Choice, Form, Hidden};
use super::list::{List, Search, Tab};
use super::page::{Page, Shell};
use super::text::Count;

/// `/o/{organization}/members`. The form around the rows POSTs `user` (repeated) or `all=matching`, plus `keep`,
/// to `{base}/members/activation`, which answers with [`super::activation::Activation`].
#[derive(Template, Debug)]
#[template(path = "members.html")]
pub struct Members {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// All, Pending, Active, Deactivated.
    pub tabs: Vec<Tab>,
    /// States of the invitation, under Pending; empty elsewhere.
    pub states: Vec<Tab>,
    /// The search box.
    pub search: Search,
    /// The members.
    pub list: List<Row>,
    /// Shows "Create" and "Import".
    pub may_create: bool,
    /// Shows boxes and "Send activation emails".
    pub may_send: bool,
    /// All that match the filter, for "Send to all 1,234 that match"; 0 hides the button.
    pub matching: Count,
    /// The filter, sent along with `all=matching`.
    pub keep: Vec<Hidden>,
}

/// One member.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Value of the box: the user id.
    pub id: String,
    /// The member's page.
    pub href: String,
    /// Name; when empty the e-mail stands in.
    pub name: String,
    /// E-mail; empty for a login-less member.
    pub email: String,
    /// Owner, Admin or Member.
    pub role: String,
    /// "Portal Access" or "No Portal Access".
    pub access: String,
    /// Member status.
    pub status: Option<Badge>,
    /// Invitation state.
    pub invitation: Option<Badge>,
    /// "expires in 12 days", "550 5.1.1 no such user"; may be empty.
    pub note: String,
    /// May be chosen: a login-less member never gets mail (G19).
    pub selectable: bool,
}

impl Row {
    /// What to call the row.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// `/o/{organization}/members/new`. POSTs `name`, `kind`, `role`, `email`, `team`, `onboarding`,
/// `password`, `password_again`, `request_id` to itself.
#[derive(Template, Debug)]
#[template(path = "member_new.html")]
pub struct New {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// Typed values and problems.
    pub form: Form,
    /// Portal Access kinds on offer (G5, G6).
    pub kinds: Vec<Choice>,
    /// Admin, Member: those the viewer may grant (G8, Q1).
    pub roles: Vec<Choice>,
    /// How the member gets in: a mail later, or a password that the admin sets now (C4, G10).
    pub ways: Vec<Choice>,
    /// Shortest password, characters.
    pub password_minimum: u32,
    /// "No Team" and the teams; one entry or none hides the field (G9).
    pub teams: Vec<Choice>,
    /// Fresh for each rendering.
    pub request_id: String,
}

impl New {
    /// The rule beside the password.
    #[must_use]
    pub fn password_hint(&self) -> String {
        format!("At least {} characters. Only if you set the password now.", self.password_minimum)
    }
}
