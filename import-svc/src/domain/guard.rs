//! The mark that keeps a spreadsheet from running a cell (ASVS 1.2.10), and its removal.
//!
//! A cell gets a leading `'` if it begins with a dangerous character, or with `'`s and then one:
//! with the second rule taking one `'` off gives back every cell as it was.

use std::borrow::Cow;

/// The cell as it may stand in a file that a spreadsheet opens.
pub(super) fn add(cell: &str) -> Cow<'_, str> {
    if is_dangerous(cell) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

/// The cell before [`add`].
pub(super) fn remove(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_dangerous(rest) => rest,
        _ => cell,
    }
}

fn is_dangerous(cell: &str) -> bool {
    let first = cell.trim_start_matches('\'').chars().next();
    first.is_some_and(|character| {
        matches!(character, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠')
    })
}
