//! The kinds of import and their profiles (Q10).

mod license_invite;
mod location_users;

use super::column::Column;

/// What a file is about. The kinds for members (G16, G18) belong to a later stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Two columns, address and licence (B12).
    LicenseInvite,
    /// People of a location (F7).
    LocationUsers,
}

/// Everything that differs between kinds.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// The kind.
    pub kind: Kind,
    /// The columns in the order of the template.
    pub columns: &'static [Column],
    /// Whether a file must begin with a header; else it is recognised by name (Q9).
    pub header_required: bool,
    /// Rules that concern the file or several columns, one sentence each.
    pub notes: &'static [&'static str],
    /// Rows of the example that is shown and downloaded apart from the template (B16).
    pub samples: &'static [&'static [&'static str]],
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::LicenseInvite, Self::LocationUsers];

    /// The name in the API, in file names and in stored rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LicenseInvite => "license_invite",
            Self::LocationUsers => "location_users",
        }
    }

    /// The kind of a name, if it is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The table that template, guidelines and validation share.
    pub const fn profile(self) -> &'static Profile {
        match self {
            Self::LicenseInvite => &license_invite::PROFILE,
            Self::LocationUsers => &location_users::PROFILE,
        }
    }
}
