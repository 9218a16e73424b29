//! Lists: rows or the reason why there are none, paging, search, tabs.

use super::page::Link;
use super::text::Count;

/// Sizes offered below each list; 50 is the default (D3, Q28).
pub const SIZES: [u64; 4] = [10, 25, 50, 100];

/// Rows of one page, or why there are none.
#[derive(Clone, Debug)]
pub struct List<T> {
    /// Rows in order.
    pub rows: Vec<T>,
    /// Place in the whole; `None` hides the foot.
    pub paging: Option<Paging>,
    /// Set when there is nothing to show.
    pub empty: Option<Empty>,
}

impl<T> List<T> {
    /// A page of rows.
    #[must_use]
    pub fn page(rows: Vec<T>, paging: Paging) -> Self {
        Self { rows, paging: Some(paging), empty: None }
    }

    /// No rows, and why.
    #[must_use]
    pub fn none(empty: Empty) -> Self {
        Self { rows: Vec::new(), paging: None, empty: Some(empty) }
    }
}

/// A page size and the address that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// 10, 25, 50 or 100.
    pub rows: u64,
    /// The list from its start with that size.
    pub href: String,
}

/// Where a page stands in the whole.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    /// Number of the first row shown, from 1.
    pub first: u64,
    /// Number of the last row shown.
    pub last: u64,
    /// All rows that match; 0 = nobody counted them.
    pub total: u64,
    /// Rows on a page now.
    pub size: u64,
    /// The page before; `None` on the first.
    pub previous: Option<String>,
    /// The page after; `None` exactly on the last.
    pub next: Option<String>,
    /// Other sizes.
    pub sizes: Vec<Size>,
}

impl Paging {
    /// "51-100 of 1,234".
    #[must_use]
    pub fn range(&self) -> String {
        if self.total == 0 && self.last > 0 {
            return format!("{}-{}", Count(self.first), Count(self.last));
        }
        format!("{}-{} of {}", Count(self.first), Count(self.last), Count(self.total))
    }
}

/// Why a list shows nothing: each case says what to do next.
#[derive(Clone, Debug)]
pub struct Empty {
    /// Icon name.
    pub icon: &'static str,
    /// Heading.
    pub title: String,
    /// What to do.
    pub text: String,
    /// The way on.
    pub action: Option<Link>,
}

impl Empty {
    /// Nothing was ever added: say what to do.
    #[must_use]
    pub fn nothing_yet(title: impl Into<String>, text: impl Into<String>, action: Option<Link>) -> Self {
        Self { icon: "users", title: title.into(), text: text.into(), action }
    }

    /// Filters hide everything.
    #[must_use]
    pub fn nothing_matches(clear_href: impl Into<String>) -> Self {
        Self {
            icon: "search",
            title: "Nothing matches".into(),
            text: "No entry fits this search and these filters.".into(),
            action: Some(Link::new("Clear filters", clear_href)),
        }
    }

    /// The viewer may not see this list.
    #[must_use]
    pub fn no_right() -> Self {
        Self {
            icon: "lock",
            title: "You may not see this list".into(),
            text: "Ask an Owner or Admin of this organization for access.".into(),
            action: None,
        }
    }

    /// The list could not be read.
    #[must_use]
    pub fn failed(retry_href: impl Into<String>) -> Self {
        Self {
            icon: "warning",
            title: "The list could not be loaded".into(),
            text: "Nothing was changed. Try again in a moment.".into(),
            action: Some(Link::new("Retry", retry_href)),
        }
    }
}

/// A tab or a segment of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Its word.
    pub label: String,
    /// How many entries it shows; `None` when unknown.
    pub count: Option<Count>,
    /// Where it leads.
    pub href: String,
    /// Shown now.
    pub current: bool,
}

/// The search box of a list: a GET form to the page itself.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Path of the page.
    pub action: String,
    /// Label of the box ("Search users").
    pub label: String,
    /// Text inside while empty.
    pub placeholder: String,
    /// What was typed (`q`).
    pub text: String,
    /// Other parts of the query to keep, without page and token.
    pub keep: Vec<super::form::Hidden>,
}
