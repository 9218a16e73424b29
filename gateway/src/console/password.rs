//! Passwords that are typed twice.

use super::input::Sent;
use super::view::form::Form;

/// The hint where the server did not say; it is the judge (Q2).
pub(super) const MINIMUM: u32 = 6;

/// Whether `password_again` says the same; otherwise the form says so.
pub(super) fn twice(sent: &Sent, name: &str, form: &mut Form) -> bool {
    let same = sent.secret(name) == sent.secret("password_again");
    if !same {
        form.refuse("password_again", "The two passwords differ. Type the same one twice.");
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_told() {
        let mut form = Form::default();
        assert!(twice(&Sent::of(&[("password", "a b"), ("password_again", "a b")]), "password", &mut form));
        assert!(!twice(&Sent::of(&[("password", "a b"), ("password_again", "ab")]), "password", &mut form));
        assert!(form.error("password_again").is_some());
    }
}
