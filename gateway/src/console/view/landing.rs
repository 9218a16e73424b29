//! `/` for somebody who is not signed in.

use askama::Template;

use super::page::{Link, Page};

/// The front door.
#[derive(Template, Debug, Default)]
#[template(path = "landing.html")]
pub struct Landing {
    /// The page.
    pub page: Page,
    /// Nobody has made an organization yet: there is only the setup link.
    pub is_new: bool,
    /// Further ways: the development mailbox, the API's descriptions.
    pub links: Vec<Link>,
}
