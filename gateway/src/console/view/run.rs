//! Progress of bulk work: sending activation mails, changing licences.

use askama::Template;

use super::badge::Badge;
use super::page::{Link, Page, Shell};
use super::text::Count;

/// How far work has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Finished pieces.
    pub done: Count,
    /// All pieces; 0 while unknown.
    pub total: Count,
    /// "1,200 of 5,000 rows checked".
    pub text: String,
    /// Stream of `{"done","total","text"}` messages, ended by an event `end`; empty when finished.
    pub events_href: String,
    /// This page, for the Refresh link.
    pub refresh_href: String,
}

/// `/o/{organization}/runs/{run}`.
#[derive(Template, Debug)]
#[template(path = "run.html")]
pub struct Run {
    /// The page.
    pub page: Page,
    /// The frame.
    pub shell: Shell,
    /// "Activation emails".
    pub heading: String,
    /// State of the run.
    pub state: Badge,
    /// How far it is; `None` when finished.
    pub progress: Option<Progress>,
    /// "Sent 4,990", "Skipped 10": label and number.
    pub figures: Vec<(String, Count)>,
    /// POST with `request_id` stops the rest; empty hides the button.
    pub cancel_action: String,
    /// Fresh for each rendering.
    pub request_id: String,
    /// Where the list is.
    pub back: Link,
}
