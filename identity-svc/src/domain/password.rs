//! What a password may be (Q2): long enough, not known to everybody, never cut.

use std::fmt;

use proto::refusal::Violation;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::feedback::Warning;
use zxcvbn::matching::patterns::MatchPattern;

use super::email::Email;
use super::text::violation;

/// The most characters that are taken; all of them matter.
pub const MAX_LENGTH: usize = 256;
/// Passwords that everybody knows are not longer.
const LONGEST_COMMON: usize = 40;
/// Keyboard walks, repetitions and runs that take fewer guesses than this are as good as listed.
const GUESSABLE: u64 = 10_000;

/// What an operator can raise.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The fewest characters.
    pub min_length: usize,
}

/// A password as it is hashed: NFKC, so that two keyboards type the same one. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The password somebody tries to sign in with. `None` when it is longer than any that was accepted.
    #[must_use]
    pub fn attempt(text: &str) -> Option<Self> {
        let normal: String = text.chars().take(MAX_LENGTH + 1).nfkc().collect();
        (text.chars().count() <= MAX_LENGTH).then_some(Self(normal))
    }

    /// No password: for work that must be done although there is nothing to check.
    #[must_use]
    pub fn none() -> Self {
        Self(String::new())
    }

    /// The bytes to hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Policy {
    /// A new password for the person with this address.
    ///
    /// # Errors
    /// A violation of `field` that says what is wrong.
    pub fn accept(&self, field: &str, text: &str, email: &Email) -> Result<Password, Violation> {
        let Some(password) = Password::attempt(text) else {
            return Err(violation(field, format!("must be at most {MAX_LENGTH} characters long")));
        };
        if password.0.chars().count() < self.min_length {
            let description = format!("must be at least {} characters long", self.min_length);
            return Err(violation(field, description));
        }
        let folded = password.0.to_lowercase();
        if folded == email.as_str() || folded == email.local_part() {
            return Err(violation(field, "must not be the e-mail address or the part before its @"));
        }
        if is_common(&password.0) {
            return Err(violation(field, "is one of the most common passwords: choose another"));
        }
        Ok(password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[password]")
    }
}

/// On zxcvbn's list of 30,000 common passwords, in any letter case, or one short keyboard walk,
/// repetition or run.
fn is_common(text: &str) -> bool {
    if text.chars().count() > LONGEST_COMMON {
        return false;
    }
    let estimate = zxcvbn::zxcvbn(text, &[]);
    let listed = matches!(
        estimate.feedback().and_then(|feedback| feedback.warning()),
        Some(Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword)
    );
    listed || (estimate.guesses() < GUESSABLE && is_one_walk(estimate.sequence()))
}

fn is_one_walk(sequence: &[zxcvbn::matching::Match]) -> bool {
    let [only] = sequence else { return false };
    matches!(only.pattern, MatchPattern::Spatial(_) | MatchPattern::Repeat(_) | MatchPattern::Sequence(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(min_length: usize, text: &str) -> bool {
        let email = Email::parse("ann.lee@example.com").expect("valid");
        Policy { min_length }.accept("password", text, &email).is_ok()
    }

    #[test]
    fn c5_five_characters_are_refused_and_six_accepted() {
        assert!(!accepts(6, "x7#kL"));
        assert!(accepts(6, "x7#kLp"));
        assert!(!accepts(15, "x7#kLp"));
    }

    #[test]
    fn q2_common_passwords_and_the_address_are_refused() {
        for text in ["123456", "password", "PASSWORD", "qwerty", "aaaaaa", "abcdef", "iloveyou", "dragon"] {
            assert!(!accepts(6, text), "{text}");
        }
        assert!(!accepts(6, "Ann.Lee") && !accepts(6, "ann.lee@EXAMPLE.com"));
    }

    #[test]
    fn q2_every_character_up_to_256_counts() {
        let long = "wörd-".repeat(51) + "x";
        assert_eq!(long.chars().count(), 256);
        assert!(accepts(6, &long));
        assert!(!accepts(6, &(long.clone() + "y")));
        assert_ne!(Password::attempt(&long), Password::attempt(&long.replace("x", "y")));
    }

    #[test]
    fn two_keyboards_type_the_same_password() {
        assert_eq!(Password::attempt("caf\u{e9}s-7"), Password::attempt("cafe\u{301}s-7"));
    }
}
