//! The invariants of notify-svc, from its database (I5).

use platform::db::{self, Db, Everyone};

use crate::store::messages;

/// An invariant that does not hold.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which one.
    pub invariant: &'static str,
    /// Where, with figures.
    pub detail: String,
}

/// Verifies that no final message keeps its link.
///
/// # Errors
///
/// The database cannot be read.
pub async fn check(db: &Db) -> db::Result<Vec<Finding>> {
    let mut tx = db.of(Everyone("every organization is checked")).read().await?;
    let (_, leaking) = messages::unfinished(&mut tx).await?;
    if leaking == 0 {
        return Ok(Vec::new());
    }
    let detail = format!("{leaking} messages are final and still hold a sealed token");
    Ok(vec![Finding { invariant: "a final message keeps no link", detail }])
}
