//! "Send activation emails": asked before it is done, because mail cannot be taken back.

use askama::Template;

use super::form::Hidden;
use super::page::{Page, Shell};
use super::text::Count;

/// The title of the mail, byte for byte (G12).
pub const SUBJECT: &str = "Your account has been created!";

/// Members left out and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// How many.
    pub count: Count,
    /// "are active already", "have no e-mail address".
    pub why: String,
}

/// Answer of POST `{base}/members/activation`; the button POSTs `hidden` and `request_id` to
/// `{base}/members/activation/send`.
#[derive(Template, Debug, Default)]
#[template(path = "activation.html")]
pub struct Activation {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// Members who get a mail; 0 leaves only the way back.
    pub count: Count,
    /// Who gets none.
    pub skipped: Vec<Skipped>,
    /// The organization that the mail names.
    pub organization: String,
    /// The selection, carried on.
    pub hidden: Vec<Hidden>,
    /// Fresh for each rendering.
    pub request_id: String,
    /// The list, with its filters.
    pub back_href: String,
}
