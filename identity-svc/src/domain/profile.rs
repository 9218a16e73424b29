//! What is known of a person in an organization, beyond address and role (C6, C7).

use proto::refusal::Violation;

use super::name::Name;
use super::text::{checked, language, violation};

const MAX_NAME: usize = 100;
const MAX_DISPLAY_NAME: usize = 200;
const MAX_TITLE: usize = 100;
const MAX_PHONE: usize = 40;

/// Name, title, numbers, language. Everything may be empty; a form may still ask for a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name.
    pub name: Name,
    /// Job title.
    pub title: String,
    /// Office number.
    pub office_phone: String,
    /// Cellular number.
    pub mobile_phone: String,
    /// Fax number.
    pub fax: String,
    /// BCP 47.
    pub language_code: String,
}

/// A profile as it was sent; an unset field keeps what is stored (Q12).
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// As shown.
    pub display_name: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Office number.
    pub office_phone: Option<String>,
    /// Cellular number.
    pub mobile_phone: Option<String>,
    /// Fax number.
    pub fax: Option<String>,
    /// BCP 47.
    pub language_code: Option<String>,
}

impl Changes {
    /// Checks all fields at once; `prefix` stands before their names in violations (`user.`).
    ///
    /// # Errors
    /// Every violation.
    pub fn checked(self, prefix: &str) -> Result<Self, Vec<Violation>> {
        let mut violations = Vec::new();
        let mut check = |name: &str, value: Option<String>, max: usize| {
            let field = format!("{prefix}{name}");
            let checked = value.map(|text| match name {
                "language_code" => language(&field, &text),
                _ => checked(&field, &text, max),
            });
            checked.transpose().unwrap_or_else(|violation| {
                violations.push(violation);
                None
            })
        };
        let changes = Self {
            given_name: check("given_name", self.given_name, MAX_NAME),
            family_name: check("family_name", self.family_name, MAX_NAME),
            display_name: check("display_name", self.display_name, MAX_DISPLAY_NAME),
            title: check("title", self.title, MAX_TITLE),
            office_phone: check("office_phone", self.office_phone, MAX_PHONE),
            mobile_phone: check("mobile_phone", self.mobile_phone, MAX_PHONE),
            fax: check("fax", self.fax, MAX_PHONE),
            language_code: check("language_code", self.language_code, 0),
        };
        if violations.is_empty() { Ok(changes) } else { Err(violations) }
    }

    /// The profile with these changes. When only the parts of a name change, the name as shown follows.
    #[must_use]
    pub fn applied_to(&self, stored: &Profile) -> Profile {
        let keep =
            |change: &Option<String>, stored: &String| change.clone().unwrap_or_else(|| stored.clone());
        Profile {
            name: self.name(&stored.name),
            title: keep(&self.title, &stored.title),
            office_phone: keep(&self.office_phone, &stored.office_phone),
            mobile_phone: keep(&self.mobile_phone, &stored.mobile_phone),
            fax: keep(&self.fax, &stored.fax),
            language_code: keep(&self.language_code, &stored.language_code),
        }
    }

    fn name(&self, stored: &Name) -> Name {
        let given = self.given_name.clone().unwrap_or_else(|| stored.given.clone());
        let family = self.family_name.clone().unwrap_or_else(|| stored.family.clone());
        let parts_change = given != stored.given || family != stored.family;
        match &self.display_name {
            Some(display) if self.given_name.is_none() && self.family_name.is_none() => {
                Name::of(String::new(), String::new(), display.clone())
            }
            Some(display) => Name::of(given, family, display.clone()),
            None if parts_change => Name::of(given, family, String::new()),
            None => stored.clone(),
        }
    }
}

/// C6: a form that makes a person asks for first and last name, or for the name in one field.
///
/// # Errors
/// What is missing; `prefix` stands before the fields' names.
pub fn require_name(given: &str, family: &str, display: &str, prefix: &str) -> Result<(), Vec<Violation>> {
    if !display.trim().is_empty() {
        return Ok(());
    }
    let parts = [("given_name", given), ("family_name", family)];
    let missing = parts.iter().filter(|(_, part)| part.trim().is_empty());
    let missing: Vec<_> =
        missing.map(|(name, _)| violation(&format!("{prefix}{name}"), "is required")).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn q12_an_unset_field_keeps_what_is_stored() {
        let stored = Changes {
            given_name: set("Ann"),
            family_name: set("Lee"),
            title: set("CEO"),
            ..Changes::default()
        }
        .applied_to(&Profile::default());
        let changed = Changes { fax: set("1"), ..Changes::default() }.applied_to(&stored);
        assert_eq!(changed, Profile { fax: "1".into(), ..stored.clone() });
        let married = Changes { family_name: set("Ray"), ..Changes::default() }.applied_to(&stored);
        assert_eq!(married.name.display, "Ann Ray");
    }

    #[test]
    fn c6_first_and_last_name_or_one_field_are_required() {
        let missing =
            |given, family, display| require_name(given, family, display, "").err().map(|bad| bad.len());
        assert_eq!(missing("Ann", "Lee", ""), None);
        assert_eq!(missing("", "", "Cher"), None);
        assert_eq!(missing("Ann", " ", ""), Some(1));
        assert_eq!(missing("", "Lee", ""), Some(1));
        assert_eq!(missing("", "", ""), Some(2));
    }

    #[test]
    fn all_bad_fields_are_named_at_once() {
        let bad = Changes { given_name: set("a\u{0}"), fax: set(&"1".repeat(41)), ..Changes::default() };
        let violations = bad.checked("user.").expect_err("two are bad");
        let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["user.given_name", "user.fax"]);
    }
}
