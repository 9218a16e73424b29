//! A row of `imports` as an import.

use platform::db::{self, Row};
use serde_json::Value;

use crate::domain::import::{Claim, Import, Progress, State};
use crate::domain::kind::Kind;
use crate::domain::plan::Counts;

pub(super) fn read(row: &Row) -> db::Result<Import> {
    let claim: Option<_> = row.get("accept_claim")?;
    let until: Option<_> = row.get("accept_until")?;
    let problem: Option<Value> = row.get("file_problem")?;
    let problem = problem.map(serde_json::from_value).transpose();
    Ok(Import {
        organization: row.get("organization_id")?,
        id: row.get("id")?,
        kind: row.parse("kind", |name: String| Kind::parse(&name).ok_or(name))?,
        state: row.parse("state", |name: String| State::parse(&name).ok_or(name))?,
        product: row.get("product")?,
        file_name: row.get("file_name")?,
        size_bytes: row.get("size_bytes")?,
        digest: row.get("digest")?,
        layout: row.parse("layout", serde_json::from_value)?,
        counts: counts(row)?,
        groups: row.parse("error_groups", serde_json::from_value)?,
        problem: problem.map_err(|error| db::Error::broken("imports.file_problem", error))?,
        seats_free: number(row, "seats_free")?,
        without_license: number(row, "without_license_count")?,
        progress: Progress { done: number(row, "progress_done")?, total: number(row, "progress_total")? },
        directory_version: row.get("directory_version")?,
        created_by: row.get("created_by")?,
        accepted_by: row.get("accepted_by")?,
        last_seated_line: number(row, "last_seated_line")?,
        applied_line: number(row, "applied_line")?,
        begun_line: number(row, "begun_line")?,
        cancel_requested: row.get("cancel_requested")?,
        claim: claim.zip(until).map(|(id, until)| Claim { id, until }),
        sequence: row.get("sequence")?,
        create_time: row.get("create_time")?,
        end_time: row.get("end_time")?,
        expire_time: row.get("expire_time")?,
    })
}

fn counts(row: &Row) -> db::Result<Counts> {
    Ok(Counts {
        rows: number(row, "row_count")?,
        new: number(row, "new_count")?,
        updated: number(row, "updated_count")?,
        unchanged: number(row, "unchanged_count")?,
        superseded: number(row, "superseded_count")?,
        errors: number(row, "error_count")?,
        seats_required: number(row, "seats_required")?,
        seats_kept: 0,
    })
}

/// A count: never negative, and never above what a file can hold.
pub(in crate::store) fn number(row: &Row, column: &str) -> db::Result<u32> {
    row.parse(column, |count: i64| u32::try_from(count))
}
