//! Names of people: given, family, and as shown (Q32).

use super::text::fold;

/// Bytes of the two texts that are kept for lists: together they fit into one index entry of PostgreSQL
/// (2,704 bytes), also where folding makes one letter a whole phrase.
const MOST_SORT: usize = 1_000;
const MOST_SEARCH: usize = 1_500;

/// A person's name. All three may be empty: a list of addresses names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// First name.
    pub given: String,
    /// Last name.
    pub family: String,
    /// As typed where one field is used; else given and family name.
    pub display: String,
}

impl Name {
    /// Completes what was given: one field is shown as typed and its last word is the family name; two
    /// fields are shown one after the other.
    #[must_use]
    pub fn of(given: String, family: String, display: String) -> Self {
        if display.is_empty() {
            let display = [given.as_str(), family.as_str()].join(" ").trim().to_owned();
            return Self { given, family, display };
        }
        if !given.is_empty() || !family.is_empty() {
            return Self { given, family, display };
        }
        let (given, family) = split(&display);
        Self { given, family, display }
    }

    /// What lists are ordered by: the name as shown, folded; the address where there is none.
    #[must_use]
    pub fn sort_key(&self, email: Option<&str>) -> String {
        let shown = if self.display.is_empty() { email.unwrap_or_default() } else { &self.display };
        bounded(fold(shown), MOST_SORT)
    }

    /// What a search looks into: name and address, folded.
    #[must_use]
    pub fn search_text(&self, email: Option<&str>) -> String {
        let parts = [&self.display, &self.given, &self.family].map(|part| fold(part));
        let [display, given, family] = parts;
        let full = format!("{given} {family}");
        let mut text = display;
        if !text.contains(full.trim()) {
            text = format!("{text} {full}");
        }
        bounded(format!("{text} {}", email.unwrap_or_default()).trim().to_owned(), MOST_SEARCH)
    }
}

fn bounded(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

fn split(display: &str) -> (String, String) {
    match display.rsplit_once(char::is_whitespace) {
        Some((given, family)) => (given.trim().to_owned(), family.to_owned()),
        None => (String::new(), display.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lists_keep_of_a_name_has_a_bound() {
        let endless = name("", "", &"ﷺ".repeat(200));
        assert!(endless.sort_key(None).len() <= MOST_SORT);
        assert!(endless.search_text(Some("a@b.de")).len() <= MOST_SEARCH);
    }

    fn name(given: &str, family: &str, display: &str) -> Name {
        Name::of(given.into(), family.into(), display.into())
    }

    #[test]
    fn q32_one_field_is_shown_as_typed_and_its_last_word_is_the_family_name() {
        let typed = name("", "", "Ana María de la Cruz");
        assert_eq!(typed, name("Ana María de la", "Cruz", "Ana María de la Cruz"));
        assert_eq!(name("", "", "Cher").family, "Cher");
    }

    #[test]
    fn q32_two_fields_are_shown_one_after_the_other() {
        assert_eq!(name("Ann", "Lee", "").display, "Ann Lee");
        assert_eq!(name("", "Lee", "").display, "Lee");
    }

    #[test]
    fn q28_a_search_finds_every_part_of_a_name_once() {
        assert_eq!(name("Ann", "Lee", "").search_text(Some("a@b.de")), "ann lee a@b.de");
        assert_eq!(name("Ann", "Lee", "Annie").search_text(None), "annie ann lee");
    }

    #[test]
    fn a_person_without_a_name_is_ordered_by_address() {
        assert_eq!(Name::default().sort_key(Some("zoe@example.com")), "zoe@example.com");
    }
}
