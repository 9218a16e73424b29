//! From a paid purchase to seats in an organization (A2-A10).

use askama::Template;

use super::form::Form;
use super::page::{Link, Organization, Page};
use super::text::Count;

/// One line of an order: "75 × Meet".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bought {
    /// Product name.
    pub product: String,
    /// Seats.
    pub seats: Count,
}

/// `/claim` before anything is known. GET changes nothing; POSTs `code` to `/claim`.
#[derive(Template, Debug, Default)]
#[template(path = "claim_code.html")]
pub struct Code {
    /// The page.
    pub page: Page,
    /// Input `code`.
    pub form: Form,
}

/// What was bought; the buyer signs in (`/claim/sign-in`: `code`, `email`, `password`) or creates an account
/// (`/claim/account`: `code`, `given_name`, `family_name`, `new_password`, `password_again`) (A10).
#[derive(Template, Debug, Default)]
#[template(path = "claim_account.html")]
pub struct Account {
    /// The page.
    pub page: Page,
    /// Typed values and problems.
    pub form: Form,
    /// The code, carried on unseen.
    pub code: String,
    /// Lines of the order.
    pub bought: Vec<Bought>,
    /// `a…@example.com`.
    pub buyer_masked: String,
    /// The buyer's e-mail has an account: only sign-in is offered.
    pub account_exists: bool,
    /// Smallest password length.
    pub password_minimum: u32,
}

/// A mapping target (A7) with what it would have afterwards.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Value of the input `organization`.
    pub value: String,
    /// The organization.
    pub organization: Organization,
    /// Seats before and after, per product.
    pub changes: Vec<Change>,
    /// Picked now.
    pub selected: bool,
}

/// "Meet: 50 → 75" (A5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Product name.
    pub product: String,
    /// Seats now.
    pub before: Count,
    /// Seats afterwards.
    pub after: Count,
}

/// The choice (A3, A4, A6): POSTs `code`, `choice` = `new` | `existing`, `name`, `organization` to `/claim/choose`.
/// Without targets only the new organization is asked for (A3).
#[derive(Template, Debug, Default)]
#[template(path = "claim_choose.html")]
pub struct Choose {
    /// The page.
    pub page: Page,
    /// Typed values and problems.
    pub form: Form,
    /// The code, carried on unseen.
    pub code: String,
    /// Lines of the order.
    pub bought: Vec<Bought>,
    /// Organizations the buyer administers.
    pub targets: Vec<Target>,
}

/// Last look before it counts: POSTs `code`, `choice`, `name` or `organization`, `request_id` to `/claim/confirm`.
#[derive(Template, Debug, Default)]
#[template(path = "claim_confirm.html")]
pub struct Confirm {
    /// The page.
    pub page: Page,
    /// A problem, for instance `PERMISSION_DENIED`.
    pub form: Form,
    /// Values carried on unseen.
    pub hidden: Vec<super::form::Hidden>,
    /// "Acme (731757)" or the new name.
    pub organization: String,
    /// A new organization is made.
    pub is_new: bool,
    /// Before and after.
    pub changes: Vec<Change>,
    /// Back to the choice.
    pub back_href: String,
}

/// Mapped: three next steps.
#[derive(Template, Debug, Default)]
#[template(path = "claim_done.html")]
pub struct Done {
    /// The page.
    pub page: Page,
    /// Where the seats are.
    pub organization: Organization,
    /// Before and after.
    pub changes: Vec<Change>,
    /// `/o/{organization}`.
    pub base: String,
}

/// The answer to whoever asked for another link: the same for every code (Q4).
#[derive(Template, Debug, Default)]
#[template(path = "claim_renewed.html")]
pub struct Renewed {
    /// The page.
    pub page: Page,
}

/// Opened again after mapping: adds nothing (A8).
#[derive(Template, Debug, Default)]
#[template(path = "claim_mapped.html")]
pub struct Mapped {
    /// The page.
    pub page: Page,
    /// Where the seats went, if the viewer may see it.
    pub organization: Option<Link>,
}
