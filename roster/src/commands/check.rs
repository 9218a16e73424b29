//! `roster check`: the invariants, from the databases.

use anyhow::bail;
use platform::clock::Clock;

use crate::cli::Place;
use crate::storage::Storage;

/// Prints each invariant that does not hold, and fails when there is one. May
/// run beside a server: it only reads.
pub async fn run(place: Place) -> anyhow::Result<()> {
    let storage = Storage::to_look_at(&place).await?;
    let mut findings: Vec<(&str, &str, String)> = Vec::new();
    for finding in identity_svc::check(&storage.identity, &Clock::system()).await? {
        findings.push(("identity", finding.invariant, finding.detail));
    }
    for finding in license_svc::check(&storage.license).await? {
        findings.push(("license", finding.invariant, finding.detail));
    }
    for finding in import_svc::check(&storage.import).await? {
        findings.push(("import", finding.invariant, finding.detail));
    }
    for finding in notify_svc::check(&storage.notify).await? {
        findings.push(("notify", finding.invariant, finding.detail));
    }
    storage.close().await;
    for (service, invariant, detail) in &findings {
        println!("{service}: {invariant}: {detail}");
    }
    if !findings.is_empty() {
        bail!("{} invariants do not hold", findings.len());
    }
    println!("every invariant holds");
    Ok(())
}
