//! Steps of an import except the results: upload, checking, importing, done (F4-F13, B12-B16).

use askama::Template;

use super::badge::Badge;
use super::form::{Choice, Form};
use super::list::List;
use super::page::{Page, Shell};
use super::run::Progress;
use super::text::Count;

/// A rule of the guidelines (F6).
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Header in the file.
    pub header: String,
    /// Must not be empty (F7).
    pub required: bool,
    /// What belongs in it.
    pub description: String,
    /// Allowed values, or empty for any.
    pub allowed: Vec<String>,
    /// Longest text in characters; 0 = no own limit.
    pub max_length: u32,
    /// An example.
    pub example: String,
}

/// `/o/{organization}/imports/new?kind=…`. POSTs multipart `kind`, `product`, `request_id`, `file` to
/// `{base}/imports`.
#[derive(Template, Debug, Default)]
#[template(path = "import_new.html")]
pub struct New {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// Problems, for instance "This is a spreadsheet (XLSX), not a CSV file."
    pub form: Form,
    /// Kinds as links (`?kind=…`); the picked one is `kind`.
    pub kinds: Vec<Choice>,
    /// Value of the picked kind (`license_invite`, `location_users`).
    pub kind: String,
    /// Products whose licence column 2 is about; fewer than two send a hidden field or none.
    pub products: Vec<Choice>,
    /// "Upload and import"; "Add users" for the licence kind (Q10).
    pub button: String,
    /// `{base}/imports/templates/{kind}.csv`.
    pub template_href: String,
    /// Rules.
    pub columns: Vec<Column>,
    /// Further rules; the warning about repeated e-mails is one (F8).
    pub notes: Vec<String>,
    /// A short sample file, header first if the kind has one (B16).
    pub example: Vec<Vec<String>>,
    /// "A CSV file, at most 64 MiB and 100,000 rows."
    pub limits: String,
    /// Largest file, bytes: script says so before the upload.
    pub max_bytes: u64,
    /// Fresh for each rendering.
    pub request_id: String,
}

/// The file is checked (step 2) or the accepted rows are written (step 4).
#[derive(Template, Debug, Default)]
#[template(path = "import_progress.html")]
pub struct Working {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// Name of the file.
    pub file_name: String,
    /// Importing (step 3 of the steps shown); otherwise checking (step 2).
    pub importing: bool,
    /// How far.
    pub progress: Progress,
    /// POST with `request_id` stops it; empty hides the button.
    pub cancel_action: String,
    /// Fresh for each rendering.
    pub request_id: String,
}

/// The imported users (F13), or why there are none.
#[derive(Template, Debug)]
#[template(path = "import_done.html")]
pub struct Done {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// "1,234 users imported", "Import cancelled", "The file was refused".
    pub heading: String,
    /// One sentence more; may be empty.
    pub text: String,
    /// Final state.
    pub state: Badge,
    /// Name of the file.
    pub file_name: String,
    /// Label and number: new, updated, unchanged, left out, failed, seats taken.
    pub figures: Vec<(String, Count)>,
    /// Rows that were left out or failed as CSV; empty hides the link.
    pub errors_href: String,
    /// Leads to Members, Pending, when mails were not sent; empty hides it.
    pub activation_href: String,
    /// Another file of the kind; empty hides it.
    pub again_href: String,
    /// The imported users.
    pub list: List<Person>,
}

/// One imported user.
#[derive(Clone, Debug)]
pub struct Person {
    /// The user's page; empty when there is none.
    pub href: String,
    /// Name; when empty the e-mail stands in.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// New, updated, unchanged.
    pub outcome: Badge,
    /// Line of the file.
    pub line: Count,
}

impl Person {
    /// What to call the row.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}
