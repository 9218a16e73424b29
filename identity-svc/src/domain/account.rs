//! Accounts: a person's proved address and password, shared by their users in several organizations.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::email::Email;
use super::stored_hash::StoredHash;

/// An account as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// UUIDv7.
    pub id: Uuid,
    /// Unique in the world (Q13).
    pub email: Email,
    /// What the password is checked against.
    pub password: StoredHash,
    /// The person's name as they typed it first.
    pub display_name: String,
    /// When it was made.
    pub create_time: DateTime<Utc>,
}

impl Account {
    /// The resource name.
    #[must_use]
    pub fn name(&self) -> proto::name::Account {
        proto::name::Account { account: self.id }
    }
}
