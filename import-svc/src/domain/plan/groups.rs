//! Errors by cause, so that one look tells what to fix.

use std::collections::HashMap;

use super::{Disposition, Fate};
use crate::domain::problem::Code;

/// At most this many groups are told.
pub const GROUPS: usize = 50;

/// At most this many rows are named per group.
pub const SAMPLES: usize = 10;

/// Rows that failed for the same reason in the same column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The cause.
    pub code: Code,
    /// The column's header in the template, or empty.
    pub column: &'static str,
    /// Rows with it.
    pub rows: u32,
    /// The first of them, as a spreadsheet numbers rows.
    pub sample_lines: Vec<u32>,
}

/// Groups the problems of rows that are still errors, the most frequent first.
pub(super) fn group(problems: &[(usize, Code, &'static str)], fates: &[Fate]) -> Vec<Group> {
    let mut by_cause: HashMap<(Code, &'static str), Group> = HashMap::new();
    for (index, code, column) in problems {
        let fate = &fates[*index];
        if fate.disposition != Disposition::Error {
            continue;
        }
        let group = by_cause.entry((*code, *column)).or_insert_with(|| Group {
            code: *code,
            column,
            rows: 0,
            sample_lines: Vec::new(),
        });
        group.rows += 1;
        if group.sample_lines.len() < SAMPLES {
            group.sample_lines.push(fate.line);
        }
    }
    let mut groups: Vec<Group> = by_cause.into_values().collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.rows), group.code, group.column));
    groups.truncate(GROUPS);
    groups
}
