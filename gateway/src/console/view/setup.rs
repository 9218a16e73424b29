//! First start: the first organization and its Owner.

use askama::Template;

use super::form::Form;
use super::page::Page;

/// `/setup`. Inputs: `code`, `organization`, `given_name`, `family_name`, `email`, `password`, `password_again`.
#[derive(Template, Debug, Default)]
#[template(path = "setup.html")]
pub struct Setup {
    /// The page.
    pub page: Page,
    /// It is over: only the way to the front door.
    pub is_complete: bool,
    /// Typed values and problems.
    pub form: Form,
    /// Smallest password length of the policy (Q2).
    pub password_minimum: u32,
}
