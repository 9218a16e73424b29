//! Organization > Users: the list and the form that adds people (B1-B9, D1-D4).

use askama::Template;

use super::badge::Badge;
use super::form::Form;
use super::list::{List, Search, Tab};
use super::page::{Page, Shell};
use super::pool::Pool;
use super::text::Count;

/// `/o/{organization}/users`.
#[derive(Template, Debug)]
#[template(path = "users.html")]
pub struct Users {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// One a product.
    pub pools: Vec<Pool>,
    /// The form; `None` when the viewer may not add users.
    pub add: Option<Add>,
    /// The search box.
    pub search: Search,
    /// By name, by e-mail, newest first.
    pub sorts: Vec<Tab>,
    /// The users.
    pub list: List<Row>,
}

/// One user.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The user's own page.
    pub href: String,
    /// Name as typed; may be empty until accepted, then the e-mail stands in.
    pub name: String,
    /// E-mail; empty for a login-less user.
    pub email: String,
    /// "Acme (731757)" (D2, D7).
    pub associated_with: String,
    /// Member status.
    pub status: Option<Badge>,
    /// Invitation state; `None` when there never was one.
    pub invitation: Option<Badge>,
    /// Names of products whose licence is on.
    pub licenses: Vec<String>,
}

impl Row {
    /// What to call the row: the name, or else the e-mail.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// "Add users": POSTs `product`, `request_id`, `lines[0].email`, `lines[0].license` (present = on), … to
/// `{base}/users/add`. A button `add=line` asks for one more line, `remove=N` for one less; neither saves anything.
#[derive(Clone, Debug, Default)]
pub struct Add {
    /// Shown open, for instance after an error.
    pub open: bool,
    /// Problems; fields are `lines[3].email` as the server names them.
    pub form: Form,
    /// At least one.
    pub lines: Vec<Line>,
    /// Product id of the toggle; empty when the organization owns no seats (no toggle then).
    pub product: String,
    /// Product name: the toggle is called "Meet License".
    pub product_name: String,
    /// Free seats of it.
    pub free: Count,
    /// Most lines at once (200).
    pub limit: usize,
    /// Fresh for each rendering of the form.
    pub request_id: String,
    /// What became of the lines just added.
    pub results: Vec<Outcome>,
}

/// One address line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Typed address.
    pub email: String,
    /// The toggle.
    pub licensed: bool,
}

impl Add {
    /// The problem of one line.
    #[must_use]
    pub fn error(&self, index: &usize) -> Option<&str> {
        self.form.error(&format!("lines[{index}].email"))
    }

    /// "3 new, 2 with licence, 41 seats left" as the lines stand.
    #[must_use]
    pub fn seats_sentence(&self) -> String {
        format!("{} left", self.free.of("seat", "seats"))
    }
}

/// What became of one line.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The address.
    pub email: String,
    /// INVITED, ADDED, ALREADY_MEMBER, PENDING_SINCE in words.
    pub result: Badge,
    /// More, for instance the day.
    pub note: String,
    /// The user's page.
    pub href: String,
}
