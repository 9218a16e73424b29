//! API keys: programs that call.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A client as stored, under the hash of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// UUIDv7.
    pub id: Uuid,
    /// For people.
    pub display_name: String,
    /// The organization and the user it acts as; a platform client has neither (Q35).
    pub acts_as: Option<(Uuid, Uuid)>,
    /// What a platform client was given.
    pub permissions: Vec<String>,
    /// When it was made.
    pub create_time: DateTime<Utc>,
}
