//! What is wrong with a row, in words that do not change.

use std::fmt;

/// Why a row failed. Closed and stable: clients and error files rely on the names (N4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The e-mail cell is blank (F7).
    EmailRequired,
    /// The e-mail cell holds no address.
    EmailInvalid,
    /// The first or last name is blank (F7).
    NameRequired,
    /// Neither `true` nor `false` (Q9).
    BooleanInvalid,
    /// More characters than the column takes.
    TooLong,
    /// A control character or a mark that reverses the direction of text.
    CharacterNotAllowed,
    /// No telephone number.
    PhoneInvalid,
    /// No language tag (BCP 47).
    LanguageInvalid,
    /// Text to the right of the last named column.
    TooManyCells,
}

/// One thing wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The row as a spreadsheet numbers it: header = 1, blank rows counted.
    pub line: u32,
    /// The row among the data rows, from 1; blank rows are not counted.
    pub row: u32,
    /// The column's header in the template, or empty when no single column is at fault.
    pub column: &'static str,
    /// The cause.
    pub code: Code,
    /// A sentence for a person, complete without the other fields' context.
    pub message: String,
    /// A value that would be accepted in its place, where one is likely.
    pub suggestion: Option<String>,
}

/// A [`Problem`] before its place is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub code: Code,
    pub message: String,
    pub suggestion: Option<String>,
}

impl Code {
    /// Every code, in order.
    pub const ALL: [Self; 9] = [
        Self::EmailRequired,
        Self::EmailInvalid,
        Self::NameRequired,
        Self::BooleanInvalid,
        Self::TooLong,
        Self::CharacterNotAllowed,
        Self::PhoneInvalid,
        Self::LanguageInvalid,
        Self::TooManyCells,
    ];

    /// The name on the wire and in error files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailRequired => "EMAIL_REQUIRED",
            Self::EmailInvalid => "EMAIL_INVALID",
            Self::NameRequired => "NAME_REQUIRED",
            Self::BooleanInvalid => "BOOLEAN_INVALID",
            Self::TooLong => "TOO_LONG",
            Self::CharacterNotAllowed => "CHARACTER_NOT_ALLOWED",
            Self::PhoneInvalid => "PHONE_INVALID",
            Self::LanguageInvalid => "LANGUAGE_INVALID",
            Self::TooManyCells => "TOO_MANY_CELLS",
        }
    }

    /// What the code means for any row, for a group of rows with the same cause.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::EmailRequired => "The e-mail address is missing.",
            Self::EmailInvalid => "This is not an e-mail address.",
            Self::NameRequired => "The name is missing.",
            Self::BooleanInvalid => "Only true or false is accepted.",
            Self::TooLong => "The text is too long.",
            Self::CharacterNotAllowed => "The text has a character that cannot be seen.",
            Self::PhoneInvalid => "This is not a telephone number.",
            Self::LanguageInvalid => "This is not a language tag such as en or de-CH.",
            Self::TooManyCells => "The row has text to the right of the last column.",
        }
    }

    /// The code of a name, if it is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Flaw {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), suggestion: None }
    }

    pub(super) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }

    pub(super) fn at(self, line: u32, row: u32, column: &'static str) -> Problem {
        Problem { line, row, column, code: self.code, message: self.message, suggestion: self.suggestion }
    }
}
