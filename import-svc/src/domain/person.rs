//! What a valid row says about somebody.

use serde::{Deserialize, Serialize};

use super::fingerprint::FieldPrints;

/// The values of a row, folded. `None` = the file has no such column or the cell is blank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// Lower-cased address.
    pub email: String,
    /// Whether the licence is asked for; only kinds with the column have it (Q12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<bool>,
    /// Q32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Q32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// C7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// C7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office_phone: Option<String>,
    /// C7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// C7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fax: Option<String>,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl Person {
    /// The name to show for a new person: given and family name (Q32).
    pub fn display_name(&self) -> Option<String> {
        let names = [self.given_name.as_deref(), self.family_name.as_deref()];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(" "))
    }

    /// Prints of what would be written.
    pub fn prints(&self) -> FieldPrints {
        FieldPrints::of([
            self.given_name.as_deref(),
            self.family_name.as_deref(),
            self.title.as_deref(),
            self.office_phone.as_deref(),
            self.mobile_phone.as_deref(),
            self.fax.as_deref(),
            self.language.as_deref(),
        ])
    }
}
