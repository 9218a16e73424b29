//! A forgotten password.

use askama::Template;

use super::form::Form;
use super::page::Page;
use super::text::When;

/// `/reset`. POSTs `code` (from the mail) to itself and `email` to `/reset/request`.
#[derive(Template, Debug, Default)]
#[template(path = "reset_ask.html")]
pub struct Ask {
    /// The page.
    pub page: Page,
    /// Typed values and problems.
    pub form: Form,
}

/// The link is good: POSTs `code`, `password`, `password_again` to `/reset/password`.
#[derive(Template, Debug, Default)]
#[template(path = "reset_choose.html")]
pub struct Choose {
    /// The page.
    pub page: Page,
    /// Problems.
    pub form: Form,
    /// The code, carried on unseen.
    pub code: String,
    /// `a…@example.com`.
    pub email_masked: String,
    /// Smallest password length.
    pub password_minimum: u32,
    /// When the link ends.
    pub expires: Option<When>,
}
