//! Why a whole file is refused.

use std::fmt;

/// The cause. Closed and stable, like [`super::problem::Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing in the file.
    EmptyFile,
    /// A header and nothing below it (N6: never "0 rows imported, success").
    NoRows,
    /// Another format: workbook, archive, document, picture, program (B13).
    NotCsv,
    /// The bytes are no text in one encoding.
    EncodingUnreadable,
    /// The first line says `sep=` and a character that is no delimiter.
    DelimiterUnknown,
    /// A quote opens a cell and nothing closes it.
    QuoteNotClosed,
    /// More than [`super::limits::Limits::bytes`].
    FileTooLarge,
    /// More than [`super::limits::Limits::rows`].
    TooManyRows,
    /// More than [`super::limits::Limits::columns`].
    TooManyColumns,
    /// More than [`super::limits::Limits::cell_bytes`].
    CellTooLarge,
    /// A required column is not in the header.
    ColumnMissing,
    /// Two columns of the header mean the same.
    ColumnDuplicate,
}

/// A file that is not taken in, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The cause.
    pub reason: Reason,
    /// The row as a spreadsheet numbers it, where one is at fault.
    pub line: Option<u32>,
    /// A sentence for a person that says what to do.
    pub message: String,
}

impl Reason {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmptyFile => "EMPTY_FILE",
            Self::NoRows => "NO_ROWS",
            Self::NotCsv => "NOT_CSV",
            Self::EncodingUnreadable => "ENCODING_UNREADABLE",
            Self::DelimiterUnknown => "DELIMITER_UNKNOWN",
            Self::QuoteNotClosed => "QUOTE_NOT_CLOSED",
            Self::FileTooLarge => "FILE_TOO_LARGE",
            Self::TooManyRows => "TOO_MANY_ROWS",
            Self::TooManyColumns => "TOO_MANY_COLUMNS",
            Self::CellTooLarge => "CELL_TOO_LARGE",
            Self::ColumnMissing => "COLUMN_MISSING",
            Self::ColumnDuplicate => "COLUMN_DUPLICATE",
        }
    }
}

impl Refusal {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, line: None, message: message.into() }
    }

    pub(super) fn at(reason: Reason, line: u32, message: impl Into<String>) -> Self {
        Self { reason, line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
