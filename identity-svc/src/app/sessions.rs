//! Signing in, and what follows from it.

pub mod authenticate;
pub mod create;
pub mod delete;
mod device;
pub mod read;

use platform::db::Everyone;

use crate::domain::account::Account;
use crate::domain::session::Session;
use crate::store::memberships;

/// Whose users are looked through for a person.
pub(super) const ANYWHERE: Everyone = Everyone("who signs in may be a user of any organization, or of none");

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub account: Account,
    /// Where its owner is a user.
    pub memberships: Vec<memberships::Shown>,
    /// When it ends for want of use.
    pub idle_expire_time: chrono::DateTime<chrono::Utc>,
}
