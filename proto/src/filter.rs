//! The filter language of lists: a subset of AIP-160.
//!
//! AND, OR (binds tighter than AND, as AIP-160 has it), NOT, `-`, parentheses,
//! `= != < <= > >=` on declared fields, `:` as "has"; bare words search.
//! At most 1,024 bytes, 20 terms and 5 levels (ASVS 4.3.1: expressions that
//! reach the data layer are limited).

mod lexer;
mod parser;

use chrono::{DateTime, Utc};

use crate::refusal::{Reason, Refusal};

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// No restriction.
    All,
    /// Every one of these.
    And(Vec<Filter>),
    /// At least one of these.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// A bare word: what it searches is the list's business.
    Word(String),
    /// A declared field compared with a value of its kind.
    Compare {
        /// As declared.
        field: &'static str,
        /// How.
        operator: Operator,
        /// With what.
        value: Value,
    },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`, and `:` on a field that is no list.
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value, checked against the kind of its field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a text field.
    Text(String),
    /// The declared name of an enum value.
    Enum(&'static str),
    /// RFC 3339.
    Time(DateTime<Utc>),
    /// true or false.
    Bool(bool),
}

/// A field that a list can be filtered by.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// As callers write it, `invitation.state`.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds, and so which operators it takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `=` and `!=`.
    Text,
    /// One of these names; `=` and `!=`.
    Enum(&'static [&'static str]),
    /// All operators.
    Time,
    /// `=` and `!=`.
    Bool,
}

const MAX_BYTES: usize = 1024;
const MAX_TERMS: usize = 20;
const MAX_DEPTH: usize = 5;

/// Parses a filter against the fields of a list; empty text is [`Filter::All`].
///
/// Errors: BAD_FILTER with the position (bytes from the start) in its metadata.
pub fn parse(text: &str, fields: &[Field]) -> Result<Filter, Refusal> {
    if text.len() > MAX_BYTES {
        return Err(bad(MAX_BYTES, format!("longer than {MAX_BYTES} bytes")));
    }
    if let Some(position) = text.find('\0') {
        return Err(bad(position, "no text holds a NUL character"));
    }
    parser::parse(&lexer::tokens(text)?, fields, text.len())
}

fn bad(position: usize, what: impl AsRef<str>) -> Refusal {
    let message = format!("filter, at position {position}: {}", what.as_ref());
    Refusal::new(Reason::BadFilter, message).with("position", position.to_string())
}

#[cfg(test)]
mod tests;
