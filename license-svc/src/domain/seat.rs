//! A seat changes hands: what the ledger keeps of it (N3).

use uuid::Uuid;

/// Why a seat was assigned or released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody turned the licence on or off.
    Toggle,
    /// Somebody added a person with the licence on.
    Invite,
    /// An import did.
    Import,
}

impl Reason {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Toggle => "TOGGLE",
            Self::Invite => "INVITE",
            Self::Import => "IMPORT",
        }
    }
}

/// A seat that a user newly holds, or no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The ledger's entry (UUIDv7).
    pub event: Uuid,
    /// Whose seat.
    pub user: Uuid,
    /// Who gave or took it: the text of a principal.
    pub actor: String,
}
