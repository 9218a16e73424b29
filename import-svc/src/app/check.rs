//! The invariants of import-svc, from its database (I6).

use std::collections::HashMap;

use platform::db::{self, Db, Everyone};
use platform::outbox;
use uuid::Uuid;

use crate::domain::import::Import;
use crate::domain::plan::Counts;
use crate::store::import_blocks::{self, Place};
use crate::store::imports::sweep;

/// An invariant that does not hold.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which one.
    pub invariant: &'static str,
    /// Where, with figures.
    pub detail: String,
}

/// Verifies that counts add up and are those of the rows, and that no final import keeps its file.
///
/// # Errors
///
/// The database cannot be read.
pub async fn check(db: &Db) -> db::Result<Vec<Finding>> {
    let mut tx = db.of(Everyone("every organization is checked")).read().await?;
    let mut found: HashMap<Uuid, Counts> = HashMap::new();
    let mut findings = Vec::new();
    let mut place = Place::default();
    while let Some((at, [kept, counted])) = import_blocks::recounted(&mut tx, place).await? {
        if kept != counted {
            let detail = format!("the rows of import {} up to line {} are {counted:?}", at.import, at.last);
            findings.push(Finding { invariant: "a block counts its rows", detail });
        }
        found.entry(at.import).or_default().add_all(&counted);
        place = at;
    }
    for import in sweep::planned(&mut tx).await? {
        let counted = found.get(&import.id).copied().unwrap_or_default();
        findings.extend(compare(&import, &counted));
    }
    for (import, bytes) in sweep::kept_files(&mut tx).await? {
        let detail = format!("import {import} is final and keeps {bytes} bytes of its file");
        findings.push(Finding { invariant: "a final import keeps no file", detail });
    }
    let waiting = outbox::waiting(&mut tx).await?;
    if waiting > 0 {
        let detail = format!("{waiting} events of imports are not delivered");
        findings.push(Finding { invariant: "every event is delivered (I4)", detail });
    }
    Ok(findings)
}

/// While an import runs its rows may say already what its counts will say in the end.
fn compare(import: &Import, counted: &Counts) -> Option<Finding> {
    let counts = &import.counts;
    let told = [counts.new, counts.updated, counts.unchanged, counts.superseded, counts.errors];
    let is = [counted.new, counted.updated, counted.unchanged, counted.superseded, counted.errors];
    let runs = import.state == crate::domain::import::State::Importing;
    if counts.add_up() && counts.rows == counted.rows && (runs || told == is) {
        return None;
    }
    let detail = format!(
        "import {} in {} counts {} rows as {told:?} and has {} as {is:?}",
        import.id,
        import.state.as_str(),
        counts.rows,
        counted.rows
    );
    Some(Finding { invariant: "an import's counts add up (I6)", detail })
}
