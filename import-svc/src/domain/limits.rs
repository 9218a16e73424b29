//! How much of a file is taken in.

/// Bounds on an upload. Settings of the operator (seams.md, *Plans and seats*); ASVS 5.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole file, as uploaded.
    pub bytes: u64,
    /// Rows below the header; blank rows are not counted.
    pub rows: u32,
    /// Cells in one row.
    pub columns: usize,
    /// Bytes of one cell, in UTF-8.
    pub cell_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, rows: 100_000, columns: 200, cell_bytes: 64 << 10 }
    }
}
