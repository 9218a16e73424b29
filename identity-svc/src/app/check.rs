//! Whether what is stored holds together: asked by operators, chaos runs and tests.

use chrono::TimeDelta;
use platform::clock::Clock;
use platform::db::{Db, Everyone, Result};

use crate::store::unsound;

/// An event that waited longer than this is stuck.
const STUCK: TimeDelta = TimeDelta::minutes(15);

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What should hold.
    pub invariant: &'static str,
    /// Where it does not.
    pub detail: String,
}

/// Everything that does not hold in identity's database; empty when all is well. Only reads.
///
/// # Errors
/// When the database cannot be asked.
pub async fn check(db: &Db, clock: &Clock) -> Result<Vec<Finding>> {
    let mut tx = db.of(Everyone("every organization is checked")).read().await?;
    let broken = unsound::find(&mut tx).await?;
    let mut findings: Vec<Finding> =
        broken.into_iter().map(|(invariant, detail)| Finding { invariant, detail }).collect();
    let stuck = unsound::undelivered(&mut tx, clock.now() - STUCK).await?;
    if stuck > 0 {
        let detail = format!("{stuck} events have waited longer than {} minutes", STUCK.num_minutes());
        findings.push(Finding { invariant: "every event is delivered", detail });
    }
    Ok(findings)
}
