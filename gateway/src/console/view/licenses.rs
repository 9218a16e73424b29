//! Apps > Licenses: who holds a seat of a product (B8, B10, B11).

use askama::Template;

use super::badge::Badge;
use super::list::{List, Search, Tab};
use super::page::{Page, Shell};
use super::pool::Pool;

/// `/o/{organization}/licenses/{product}`. Each switch POSTs `license` = `true` | `false` and `request_id` to the
/// row's `action`; the answer redirects here and says the new count ("Licence on. 41 of 50 seats used").
#[derive(Template, Debug)]
#[template(path = "licenses.html")]
pub struct Licenses {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// One tab a product.
    pub products: Vec<Tab>,
    /// Seats of the product shown; `None` when nothing was bought yet.
    pub pool: Option<Pool>,
    /// Search by e-mail address.
    pub search: Search,
    /// All, On, Off.
    pub filters: Vec<Tab>,
    /// Users with their switch.
    pub list: List<Row>,
    /// The viewer may turn switches.
    pub may_change: bool,
}

/// One user's licence.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The user's page.
    pub href: String,
    /// Name; when empty the e-mail stands in.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Member status.
    pub status: Option<Badge>,
    /// The licence is on.
    pub on: bool,
    /// Where the switch posts to.
    pub action: String,
    /// Fresh for each rendering.
    pub request_id: String,
    /// "Held by an expired invitation"; may be empty.
    pub note: String,
    /// Why the last try was refused, shown beside the switch; may be empty.
    pub problem: String,
}

impl Row {
    /// What to call the row.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}
