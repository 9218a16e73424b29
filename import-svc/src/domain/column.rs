//! What a column of an import file is. Template, guidelines, header and row checks share it.

/// What a column's cells are put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The address that makes the person unique (F8, Q13).
    Email,
    /// Whether the product's licence is on (B12).
    License,
    /// Q32.
    GivenName,
    /// Q32.
    FamilyName,
    /// C7.
    Title,
    /// C7.
    OfficePhone,
    /// C7.
    MobilePhone,
    /// C7.
    Fax,
    /// BCP 47 tag of the language of mails.
    Language,
}

/// One column of a kind of import.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Where its cells go.
    pub field: Field,
    /// The header in template, guidelines and problems.
    pub header: &'static str,
    /// Other headers that mean the same; case, spaces, accents and punctuation do not matter (N6).
    pub aliases: &'static [&'static str],
    /// Whether the column must be there and, but for licences, each cell filled.
    pub required: bool,
    /// Characters at most (Unicode scalar values).
    pub max_length: usize,
    /// The only values, in any letter case; empty = any.
    pub allowed_values: &'static [&'static str],
    /// The rule, for a person.
    pub description: &'static str,
    /// A value that is accepted.
    pub example: &'static str,
}

impl Column {
    /// Whether a header in a file names this column.
    pub fn is_named(&self, header: &str) -> bool {
        let key = super::header::key(header);
        std::iter::once(&self.header).chain(self.aliases).any(|name| super::header::key(name) == key)
    }
}
