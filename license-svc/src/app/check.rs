//! The invariants, for operators and tests alike (`roster check`).

use platform::db::{Db, Everyone};
use platform::outbox;

use crate::store::checks;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub invariant: &'static str,
    /// Where: ids of the rows.
    pub detail: String,
}

/// Asks every rule: `purchased = held + reserved + free` with counts recomputed from the rows, the
/// ledger replays to the seats, each purchase is mapped once and whole, and nothing is left to do.
///
/// # Errors
///
/// When the database does not answer.
pub async fn check(db: &Db) -> anyhow::Result<Vec<Finding>> {
    let mut tx = db.of(Everyone("every organization is checked")).read().await?;
    let mut findings = Vec::new();
    for rule in checks::RULES {
        let broken = checks::broken(&mut tx, rule).await?;
        findings.extend(broken.into_iter().map(|detail| Finding { invariant: rule.invariant, detail }));
    }
    let waiting = outbox::waiting(&mut tx).await?;
    if waiting > 0 {
        let detail = format!("{waiting} events are not delivered");
        findings.push(Finding { invariant: "outbox.drained", detail });
    }
    Ok(findings)
}
