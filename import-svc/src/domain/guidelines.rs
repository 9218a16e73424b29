//! The rules of a kind as data (F6).

use super::column::Column;
use super::kind::{Kind, Profile};
use super::limits::Limits;

/// What a person needs to know to write a file, from the table that also checks it.
#[derive(Clone, Copy, Debug)]
pub struct Guidelines {
    /// The kind.
    pub kind: Kind,
    /// The columns in the order of the template.
    pub columns: &'static [Column],
    /// Whether the header row may be left out.
    pub header_optional: bool,
    /// Bounds on the file.
    pub limits: Limits,
    /// Further rules, one sentence each.
    pub notes: &'static [&'static str],
}

impl Guidelines {
    /// The rules of a kind under an operator's limits.
    pub const fn new(kind: Kind, limits: Limits) -> Self {
        let Profile { columns, header_required, notes, .. } = kind.profile();
        Self { kind, columns, header_optional: !*header_required, limits, notes }
    }
}
