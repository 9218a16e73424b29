//! One user: names, organization and the three boxes (D5-D13, E6, E7).

use askama::Template;

use super::badge::Badge;
use super::form::{Choice, Form};
use super::page::{Page, Shell};

/// `/o/{organization}/users/{user}`. POSTs `given_name`, `family_name`, `email`, `password`, `organization`, `active`, `admin`,
/// `portal_access` (present = checked), `etag`, `request_id` to itself. Nothing changes until Submit (D9).
#[derive(Template, Debug, Default)]
#[template(path = "user_edit.html")]
pub struct Edit {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// Typed values (boxes: `true` or nothing) and problems.
    pub form: Form,
    /// Heading: name or e-mail.
    pub heading: String,
    /// Member status.
    pub status: Option<Badge>,
    /// Invitation state.
    pub invitation: Option<Badge>,
    /// "Acme (731757)" and others the editor manages (D7).
    pub organizations: Vec<Choice>,
    /// The e-mail may be changed here.
    pub may_change_email: bool,
    /// A password may be set here (D5).
    pub may_set_password: bool,
    /// The viewer may change anything at all; otherwise the page only shows.
    pub may_edit: bool,
    /// Version that was read; a later write by another is refused.
    pub etag: String,
    /// Fresh for each rendering.
    pub request_id: String,
    /// Confirm page of Deactivate; empty hides the button.
    pub deactivate_href: String,
    /// Admin without Portal Access: rights without a door (Q14, row 4).
    pub warns_admin_without_portal: bool,
    /// The list the viewer came from.
    pub back_href: String,
}
