//! Role types and their differences (G2), linked from the invite page.

use askama::Template;

use super::page::{Page, Shell};

/// `/o/{organization}/roles`.
#[derive(Template, Debug, Default)]
#[template(path = "roles.html")]
pub struct Roles {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// The organization's setting `admins_may_grant_admin` (Q1).
    pub admins_may_invite_admins: bool,
}
