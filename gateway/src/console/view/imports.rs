//! The list of imports.

use askama::Template;

use super::badge::Badge;
use super::list::List;
use super::page::{Page, Shell};
use super::text::{Count, When};

/// `/o/{organization}/imports`.
#[derive(Template, Debug)]
#[template(path = "imports.html")]
pub struct Imports {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// The viewer may start one.
    pub may_import: bool,
    /// Newest first.
    pub list: List<Row>,
}

/// One import.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its page.
    pub href: String,
    /// Name of the uploaded file.
    pub file_name: String,
    /// "Users with licences".
    pub kind: String,
    /// State in a word.
    pub state: Badge,
    /// Rows of the file.
    pub rows: Count,
    /// Rows with errors.
    pub errors: Count,
    /// Who uploaded it.
    pub by: String,
    /// When.
    pub at: When,
}
