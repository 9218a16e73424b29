//! Imports and rows as the contract shows them.

use platform::caller::Principal;
use proto::imports::v1 as wire;
use proto::imports::v1::import::{Counts, ErrorGroup, FileProblem, Progress, State as WireState};
use proto::imports::v1::import_row::Problem;
use proto::name;
use proto::time;

use super::owner;
use crate::domain::import::{Import, State};
use crate::domain::import_row::ImportRow;
use crate::domain::kind::Kind;
use crate::domain::plan::Disposition;

/// An import.
pub fn import(import: &Import) -> wire::Import {
    wire::Import {
        name: owner(import),
        kind: kind(import.kind).into(),
        state: state(import.state).into(),
        file_name: import.file_name.clone(),
        size_bytes: import.size_bytes,
        detected_encoding: import.layout.encoding.clone(),
        detected_delimiter: import.layout.delimiter.clone(),
        counts: Some(counts(import)),
        progress: Some(Progress { done: count(import.progress.done), total: count(import.progress.total) }),
        error_groups: groups(import),
        file_problem: import.problem.as_ref().map(|problem| FileProblem {
            code: problem.code.clone(),
            message: problem.message.clone(),
            line: count(problem.line),
            column: String::new(),
        }),
        seats_required: count(import.counts.seats_required),
        seats_free: count(import.seats_free),
        shortfall: count(import.shortfall()),
        product: import.product.clone(),
        without_license_count: count(import.without_license),
        created_by: creator(import),
        create_time: Some(time::to_wire(import.create_time)),
        end_time: import.end_time.map(time::to_wire),
        expire_time: Some(time::to_wire(import.expire_time)),
        etag: import.etag(),
    }
}

/// A row.
pub fn row(of: &Import, row: &ImportRow) -> wire::ImportRow {
    let superseded_by_line = match row.disposition {
        Disposition::Superseded { by_line } => count(by_line),
        _ => 0,
    };
    let problem = |remark: &crate::domain::import_row::Remark| Problem {
        blocking: true,
        code: remark.code.clone(),
        column: remark.column.clone(),
        message: match &remark.suggestion {
            Some(suggestion) => format!("{} Perhaps: {suggestion}", remark.message),
            None => remark.message.clone(),
        },
    };
    let user = |user| name::User { organization: of.organization, user }.to_string();
    let is_imported = row.disposition.is_importable() && row.line <= of.applied_line;
    wire::ImportRow {
        name: format!("{}/rows/{}", owner(of), row.line),
        line: count(row.line),
        values: row.values(of.kind, &of.layout.header).into_iter().collect(),
        outcome: outcome(row.disposition).into(),
        problems: row.problems.iter().map(problem).collect(),
        user: row.user.filter(|_| is_imported).map(user).unwrap_or_default(),
        superseded_by_line,
        license_enabled: row.license_enabled,
    }
}

/// A kind.
pub const fn kind(kind: Kind) -> wire::ImportKind {
    match kind {
        Kind::LicenseInvite => wire::ImportKind::LicenseInvite,
        Kind::LocationUsers => wire::ImportKind::LocationUsers,
    }
}

/// What a row means.
pub const fn outcome(disposition: Disposition) -> wire::RowOutcome {
    match disposition {
        Disposition::New => wire::RowOutcome::New,
        Disposition::Updated => wire::RowOutcome::Updated,
        Disposition::Unchanged => wire::RowOutcome::Unchanged,
        Disposition::Superseded { .. } => wire::RowOutcome::Superseded,
        Disposition::Error => wire::RowOutcome::Error,
    }
}

const fn state(state: State) -> WireState {
    match state {
        State::Uploading => WireState::Uploading,
        State::Validating => WireState::Validating,
        State::AwaitingAcceptance => WireState::AwaitingAcceptance,
        State::Importing => WireState::Importing,
        State::Succeeded => WireState::Succeeded,
        State::Rejected => WireState::Rejected,
        State::Cancelled => WireState::Cancelled,
        State::Expired => WireState::Expired,
    }
}

fn counts(import: &Import) -> Counts {
    let counts = &import.counts;
    Counts {
        rows: count(counts.rows),
        new: count(counts.new),
        updated: count(counts.updated),
        unchanged: count(counts.unchanged),
        superseded: count(counts.superseded),
        errors: count(counts.errors),
        warnings: count(import.layout.ignored),
    }
}

fn groups(import: &Import) -> Vec<ErrorGroup> {
    let group = |causes: &crate::domain::import::Causes| ErrorGroup {
        code: causes.code.clone(),
        column: causes.column.clone(),
        message: causes.message.clone(),
        row_count: count(causes.rows),
        sample_lines: causes.sample_lines.iter().map(|line| count(*line)).collect(),
    };
    import.groups.iter().map(group).collect()
}

/// users/, accounts/ or clients/, as the contract names the uploader.
fn creator(import: &Import) -> String {
    match import.created_by.parse() {
        Ok(Principal::Account { account, .. }) => name::Account { account }.to_string(),
        Ok(Principal::Client { client, .. }) => name::Client { client }.to_string(),
        _ => String::new(),
    }
}

/// Rows and lines are bounded far below.
fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
