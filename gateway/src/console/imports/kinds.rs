//! The kinds of import in people's words.

use proto::imports::v1::ImportKind;

use crate::console::view::form::Choice;

const ALL: [ImportKind; 2] = [ImportKind::LicenseInvite, ImportKind::LocationUsers];
const PREFIX: &str = "IMPORT_KIND_";

/// As it stands in addresses and file names: `license_invite`.
pub(super) fn word(kind: ImportKind) -> String {
    kind.as_str_name().trim_start_matches(PREFIX).to_lowercase()
}

/// The kind of a word, if it is one.
pub(super) fn parse(word: &str) -> Option<ImportKind> {
    ALL.into_iter().find(|kind| self::word(*kind) == word)
}

/// "Invitations with licences".
pub(super) fn label(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::LicenseInvite => "Invitations with licences",
        ImportKind::LocationUsers => "Users with Portal Access",
        ImportKind::Unspecified => "",
    }
}

fn hint(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::LicenseInvite => "Two columns: the e-mail address, and true or false for the licence.",
        ImportKind::LocationUsers => {
            "First name, last name and e-mail; the rest is optional. No mail is sent."
        }
        ImportKind::Unspecified => "",
    }
}

/// The button that uploads (Q10).
pub(super) fn upload_button(kind: ImportKind) -> &'static str {
    if kind == ImportKind::LicenseInvite { "Add users" } else { "Upload and import" }
}

/// The button that accepts (B14, F12).
pub(super) fn accept_button(kind: ImportKind) -> &'static str {
    if kind == ImportKind::LicenseInvite { "Finish" } else { "Import accepted users" }
}

/// All kinds as links.
pub(super) fn choices(path: &str, picked: ImportKind) -> Vec<Choice> {
    let choice = |kind: ImportKind| {
        let word = word(kind);
        let href = format!("{path}?kind={word}");
        Choice::new(word, label(kind), hint(kind)).picked(kind == picked).leading_to(href)
    };
    ALL.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word() {
        for kind in ALL {
            assert_eq!(parse(&word(kind)), Some(kind));
        }
        assert_eq!(
            (word(ImportKind::LicenseInvite).as_str(), parse("unspecified")),
            ("license_invite", None)
        );
    }

    #[test]
    fn b14_add_users_then_finish() {
        let kind = ImportKind::LicenseInvite;
        assert_eq!((upload_button(kind), accept_button(kind)), ("Add users", "Finish"));
        let kind = ImportKind::LocationUsers;
        assert_eq!(
            (upload_button(kind), accept_button(kind)),
            ("Upload and import", "Import accepted users")
        );
    }
}
