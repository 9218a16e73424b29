//! Step 3 of an import: what would happen, before anything is written (F9-F12, N1, Q8, Q11).

use askama::Template;

use super::badge::Badge;
use super::form::Form;
use super::list::{List, Tab};
use super::page::{Page, Shell};
use super::text::Count;

/// `/o/{organization}/imports/{import}` while it awaits acceptance.
#[derive(Template, Debug)]
#[template(path = "import_results.html")]
pub struct Results {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// Refusals of Accept (`PLAN_STALE`, `INSUFFICIENT_SEATS`) as problems with `""`.
    pub form: Form,
    /// Name of the file.
    pub file_name: String,
    /// "UTF-8, comma, 120 rows".
    pub read_as: String,
    /// What would happen.
    pub counts: Counts,
    /// Seats, when the file turns licences on.
    pub seats: Option<Seats>,
    /// Errors by cause, most frequent first.
    pub causes: Vec<Cause>,
    /// What is not imported although nothing is wrong with it, one sentence each.
    pub warnings: Vec<String>,
    /// `{import}/errors.csv`; empty without errors.
    pub errors_href: String,
    /// Filter of the rows: all, errors, new, updated, unchanged, superseded.
    pub filters: Vec<Tab>,
    /// Names of the columns shown in each row.
    pub headers: Vec<String>,
    /// Rows.
    pub list: List<Row>,
    /// The way on.
    pub accept: Accept,
}

/// Rows by what would happen to them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Users to create.
    pub new: Count,
    /// Users to change.
    pub updated: Count,
    /// Users that stay as they are.
    pub unchanged: Count,
    /// Rows that a later row with the same e-mail replaces (F8).
    pub superseded: Count,
    /// Rows that cannot be taken.
    pub errors: Count,
}

/// What the file needs of a product.
#[derive(Clone, Debug, Default)]
pub struct Seats {
    /// Product name.
    pub product: String,
    /// Seats that rows newly need.
    pub required: Count,
    /// Free now.
    pub free: Count,
    /// Missing; 0 when it fits.
    pub shortfall: Count,
}

/// One cause of errors.
#[derive(Clone, Debug)]
pub struct Cause {
    /// "The e-mail address has no domain".
    pub message: String,
    /// Column, or empty for the row as a whole.
    pub column: String,
    /// Rows.
    pub count: Count,
    /// "Lines 4, 17, 23 and 40 more".
    pub lines: String,
    /// Shows these rows.
    pub href: String,
}

/// One row of the file.
#[derive(Clone, Debug)]
pub struct Row {
    /// Line as a spreadsheet shows it.
    pub line: Count,
    /// Cells as read, one for each of `Results::headers`.
    pub cells: Vec<String>,
    /// What would happen.
    pub outcome: Badge,
    /// "Line 42, column email: 'ann@' has no domain."
    pub problems: Vec<String>,
}

/// The form at the end: POSTs `accept_mode` (`VALID_ROWS` or absent), `when_seats_run_out` (`IMPORT_WITHOUT` or absent),
/// `etag`, `request_id` to `action`; Cancel POSTs to `cancel_action`.
#[derive(Clone, Debug, Default)]
pub struct Accept {
    /// `{import}/accept`.
    pub action: String,
    /// `{import}/cancel`.
    pub cancel_action: String,
    /// "Import accepted users", or "Finish" for the licence kind (B14, Q10).
    pub button: String,
    /// Rows that can be taken; 0 leaves only Cancel.
    pub accepted: Count,
    /// Rows that would be left out.
    pub rejected: Count,
    /// New users are listed as Pending and get their mail from there (G17).
    pub waits_for_mail: bool,
    /// Mails that acceptance sends by itself (licence kind), told before the button; 0 hides it.
    pub mails: Count,
    /// Version of the plan.
    pub etag: String,
    /// Fresh for each rendering.
    pub request_id: String,
}

impl Results {
    /// Errors or missing seats: the plain "accept" would be refused, a box must be ticked.
    #[must_use]
    pub fn needs_decision(&self) -> bool {
        self.accept.rejected.0 > 0 || self.short()
    }

    /// The name of a column; nothing when a row has more cells than the header.
    #[must_use]
    pub fn header(&self, index: &usize) -> &str {
        self.headers.get(*index).map_or("", String::as_str)
    }

    /// Seats are missing.
    #[must_use]
    pub fn short(&self) -> bool {
        self.seats.as_ref().is_some_and(|seats| seats.shortfall.0 > 0)
    }
}
