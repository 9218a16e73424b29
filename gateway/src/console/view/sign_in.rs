//! Signing in.

use askama::Template;

use super::form::Form;
use super::page::Page;

/// `/sign-in`. Inputs: `email`, `password`, `next`. All causes of a refusal share one text, a problem with `""`.
#[derive(Template, Debug, Default)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// The page.
    pub page: Page,
    /// Typed values and problems.
    pub form: Form,
    /// Local path to go on to.
    pub next: String,
}

/// Told to who knows the password: all doors of the portal are shut to this person (E7).
pub const NO_PORTAL: &str =
    "This person may not use the portal. An administrator can switch on Portal Access.";

/// The one text for every refused sign-in.
pub const REFUSED: &str = "E-mail and password do not fit together, or this person may not sign in here.";
