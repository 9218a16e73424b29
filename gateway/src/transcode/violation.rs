//! What is wrong with one field of a request or an answer.

use std::fmt;

/// A field path as the client wrote it, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) field: String,
    pub(super) problem: String,
}

impl Violation {
    /// A problem of a field.
    pub(super) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// A problem of the value at hand; its place is added by `under` and `at` on the way out.
    pub(super) fn here(problem: impl Into<String>) -> Self {
        Self::new("", problem)
    }

    /// The same, seen from the message that holds the field `name`.
    pub(super) fn under(mut self, name: &str) -> Self {
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{name}{dot}{}", self.field);
        self
    }

    /// The same, seen from the list or map that holds the value at `key`.
    pub(super) fn at(mut self, key: impl fmt::Display) -> Self {
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("[{key}]{dot}{}", self.field);
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            return out.write_str(&self.problem);
        }
        write!(out, "{}: {}", self.field, self.problem)
    }
}
