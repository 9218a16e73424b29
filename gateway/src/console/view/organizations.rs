//! `/o`: all organizations the viewer may enter.

use askama::Template;

use super::list::{List, Search};
use super::page::{Organization, Page};

/// Choose an organization.
#[derive(Template, Debug)]
#[template(path = "organizations.html")]
pub struct Organizations {
    /// The page.
    pub page: Page,
    /// Search by name or account number.
    pub search: Search,
    /// The organizations.
    pub list: List<Organization>,
}
