//! Messages after an act. They travel in the address (`?notice=user-saved`) as a
//! word of a closed list, so that nobody can make the console say something else.

use super::view::page::Flash;

macro_rules! notices {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $tone:ident $text:literal;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Notice { $($(#[$doc])* $variant,)* }

        impl Notice {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it stands in the address.
            pub(super) fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The notice with this word.
            pub(super) fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// As people read it.
            pub(super) fn flash(self) -> Flash {
                match self { $(Self::$variant => Flash::$tone($text),)* }
            }
        }
    };
}

notices! {
    /// The session is over because the person said so.
    SignedOut = "signed-out", good "You are signed out.";
    /// The session is over; a form was on its way.
    SessionEnded = "session-ended", bad "Your session ended. Sign in again; nothing was changed.";
    /// A password was set by a link.
    PasswordSet = "password-set", good "Your password is set. Sign in with it.";
    /// One answer, known address or not.
    ResetSent = "reset-sent", good "If the address is known, a mail with a link is on its way. The mail says until when the link works.";
    /// Setup is complete.
    Welcome = "welcome", good "Your organization is ready.";
    /// An invitation was accepted.
    Joined = "joined", good "You joined this organization.";
    /// The edit form was saved.
    UserSaved = "user-saved", good "The user was saved.";
    /// Deactivated; sessions are over.
    UserDeactivated = "user-deactivated", good "The user is deactivated and signed out everywhere.";
    /// A switch was turned on; the list tells the count.
    LicenseOn = "license-on", good "Licence on.";
    /// A switch was turned off; the list tells the count.
    LicenseOff = "license-off", good "Licence off.";
    /// Created, to be mailed later (G10).
    MemberPending = "member-pending", good "The member is listed as Pending. No mail was sent.";
    /// Created, may log in at once or never.
    MemberCreated = "member-created", good "The member was created.";
    /// A switch got no answer; script leads here.
    NotDone = "not-done", bad "That did not work just now. This is the present state; try again.";
    /// Somebody else accepted or ended the import.
    ImportMoved = "import-moved", bad "The import was accepted or ended meanwhile. This is its present state.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_is_found_by_its_word_and_nothing_else_is() {
        for notice in Notice::ALL {
            assert_eq!(Notice::parse(notice.word()), Some(*notice));
        }
        assert_eq!(Notice::parse("You won a prize"), None);
    }
}
