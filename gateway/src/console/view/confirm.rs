//! A question before something that cannot be taken back: a page, so that it works without script.

use askama::Template;

use super::form::Hidden;
use super::page::{Page, Shell};

/// Deactivate a user, cancel an import, … POSTs `hidden` to `action`.
#[derive(Template, Debug, Default)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// "Deactivate Ann Lee?"
    pub heading: String,
    /// What it does, one paragraph each.
    pub paragraphs: Vec<String>,
    /// Label and value, for instance "Open sessions", "2 will end".
    pub facts: Vec<(String, String)>,
    /// Where the button posts to.
    pub action: String,
    /// Carried on unseen; `request_id` among them.
    pub hidden: Vec<Hidden>,
    /// The verb: "Deactivate".
    pub button: String,
    /// Back without a change.
    pub cancel_href: String,
}
