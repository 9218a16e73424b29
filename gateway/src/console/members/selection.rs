//! Which members: status, state of the invitation and typed words, as one filter.

use proto::identity::v1::{invitation, user};

use crate::console::address;
use crate::console::paging::words;
use crate::console::view::form::Hidden;
use crate::console::view::list::Tab;
use crate::console::view::text::Count;

/// States of an invitation on offer below Pending, and what people call them.
const STATES: [(invitation::State, &str); 5] = [
    (invitation::State::NotSent, "Not sent"),
    (invitation::State::Sent, "Sent"),
    (invitation::State::Delivered, "Delivered"),
    (invitation::State::Bounced, "Bounced"),
    (invitation::State::Expired, "Expired"),
];

/// What the address selects. Words that are none of ours select nothing less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    status: Option<user::State>,
    invitation: Option<invitation::State>,
    typed: String,
}

impl Selection {
    /// Reads `status=PENDING`, `invitation=BOUNCED` and what was typed.
    pub(super) fn of(status: &str, invitation: &str, typed: &str) -> Self {
        let status = user::State::from_str_name(&format!("STATE_{status}"));
        let invitation = invitation::State::from_str_name(&format!("STATE_{invitation}"));
        Self {
            status: status.filter(|state| *state != user::State::Unspecified),
            invitation: invitation.filter(|state| *state != invitation::State::Unspecified),
            typed: typed.to_owned(),
        }
    }

    /// The same search under another tab.
    pub(super) fn with_status(&self, status: Option<user::State>) -> Self {
        Self { status, invitation: None, typed: self.typed.clone() }
    }

    /// The filter of ListUsers and SendActivationEmails.
    pub(super) fn filter(&self) -> String {
        let mut terms = Vec::new();
        if let Some(status) = self.status {
            terms.push(format!("state = {}", status.as_str_name()));
        }
        if let Some(invitation) = self.invitation {
            terms.push(format!("invitation.state = {}", invitation.as_str_name()));
        }
        terms.extend(Some(words(&self.typed)).filter(|words| !words.is_empty()));
        terms.join(" ")
    }

    /// Whether a tab or a state hides somebody.
    pub(super) fn is_narrowed(&self) -> bool {
        self.status.is_some() || self.invitation.is_some()
    }

    /// Carried through a form, so that "all that match" means what was seen.
    pub(super) fn hidden(&self) -> Vec<Hidden> {
        let pairs = self.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
        pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The list with this selection.
    pub(super) fn href(&self, path: &str) -> String {
        address::with(path, &self.pairs())
    }

    /// One tab of the list.
    pub(super) fn tab(&self, path: &str, status: Option<user::State>, count: Count) -> Tab {
        let label = match status {
            Some(user::State::Pending) => "Pending",
            Some(user::State::Active) => "Active",
            Some(user::State::Deactivated) => "Deactivated",
            _ => "All",
        };
        Tab {
            label: label.to_owned(),
            count: Some(count),
            href: self.with_status(status).href(path),
            current: self.status == status,
        }
    }

    /// States of the invitation, for those who are Pending.
    pub(super) fn states(&self, path: &str) -> Vec<Tab> {
        if self.status != Some(user::State::Pending) {
            return Vec::new();
        }
        let tab = |invitation: Option<invitation::State>, label: &str| Tab {
            label: label.to_owned(),
            count: None,
            href: Self { invitation, ..self.clone() }.href(path),
            current: self.invitation == invitation,
        };
        let each = STATES.into_iter().map(|(state, label)| tab(Some(state), label));
        std::iter::once(tab(None, "All pending")).chain(each).collect()
    }

    fn pairs(&self) -> [(&'static str, &str); 3] {
        let status = self.status.map_or("", |state| state.as_str_name());
        let invitation = self.invitation.map_or("", |state| state.as_str_name());
        let word = |name: &'static str| name.trim_start_matches("STATE_");
        [("status", word(status)), ("invitation", word(invitation)), ("q", &self.typed)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g20_status_invitation_and_words_are_one_filter() {
        let all = Selection::of("PENDING", "BOUNCED", "lee \"x\" OR");
        let expected = r#"state = STATE_PENDING invitation.state = STATE_BOUNCED "lee" "\"x\"" "OR""#;
        assert_eq!(all.filter(), expected);
        assert_eq!(Selection::of("", "", "").filter(), "");
        assert_eq!(Selection::of("UNSPECIFIED", "x OR y", "").filter(), "");
    }

    #[test]
    fn g11_all_that_match_is_carried_as_it_was_seen() {
        let some = Selection::of("PENDING", "", "a&b");
        assert_eq!(some.hidden(), [("status".into(), "PENDING".into()), ("q".into(), "a&b".into())]);
        assert_eq!(some.href("/o/1/members"), "/o/1/members?status=PENDING&q=a%26b");
    }

    #[test]
    fn g20_only_pending_members_have_a_second_row_of_states() {
        assert!(Selection::of("ACTIVE", "", "").states("/m").is_empty());
        let tabs = Selection::of("PENDING", "EXPIRED", "").states("/m");
        let current: Vec<&str> =
            tabs.iter().filter(|tab| tab.current).map(|tab| tab.label.as_str()).collect();
        assert_eq!(current, ["Expired"]);
        assert_eq!(tabs[0].href, "/m?status=PENDING");
    }
}
