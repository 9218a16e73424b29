//! From an accepted plan to users and seats, chunk by chunk in file order.
//!
//! A chunk is the next block behind the last imported line, so that it is the same rows after a crash, and
//! its calls carry the same request ids: whoever has done them answers as before and does nothing.

use std::collections::HashSet;

use platform::db::Tx;
use platform::lease::Lease;
use platform::serve::Job;
use platform::tenant::Tenant;
use proto::identity::v1::upsert_users_response::Outcome;
use uuid::Uuid;

use super::directory::Written;
use super::halt::Halt;
use super::lookup::Lookup;
use super::{App, CHANGES, EVERYONE, owner, releasing};
use crate::domain::import::{FileProblem, Import, State};
use crate::domain::import_row::ImportRow;
use crate::domain::person::Person;
use crate::domain::plan::{Counts, Disposition};
use crate::store::import_blocks::write::{self, Change};
use crate::store::import_blocks::{self, Outcomes, Slice, Unchanged};
use crate::store::imports;

/// What was done of a block, to be written down.
struct Chunk {
    /// The block's last line.
    last: u32,
    /// Its rows that were imported.
    done: Vec<Change>,
    /// The directory's version, if writing them raised it.
    wrote: Option<i64>,
}

/// Imports what is not imported yet.
pub async fn apply(app: &App, job: &Job, lease: &Lease) -> Result<(), Halt> {
    let mut import = begin(app, lease).await?;
    let tenant = job.tenant(import.organization);
    let acceptor = import.accepted_by.clone().unwrap_or_else(|| import.created_by.clone());
    let lookup = Lookup::at_work(&app.peers, &acceptor, &import)?;
    while !import.cancel_requested {
        let Some((last, rows)) = next(app, tenant, &import).await? else { break };
        if let Some(unchanged) = unchanged(app, tenant, &lookup, &import, &rows).await? {
            import = pass_over(app, tenant, lease, unchanged).await?;
            continue;
        }
        let (done, wrote) = chunk(&lookup, &import, &rows).await?;
        import = write_down(app, tenant, lease, Chunk { last, done, wrote }).await?;
    }
    let state = if import.cancel_requested { State::Cancelled } else { State::Succeeded };
    end(app, tenant, lease, state, None).await
}

async fn begin(app: &App, lease: &Lease) -> Result<Import, Halt> {
    let mut tx = app.db.of(EVERYONE).read().await?;
    let import = imports::leased(&mut tx, lease.key).await?;
    import.filter(|import| import.state == State::Importing).ok_or(Halt::Lost)
}

/// The rows of the next block, and its last line.
async fn next(app: &App, tenant: Tenant, import: &Import) -> Result<Option<(u32, Vec<ImportRow>)>, Halt> {
    let slice = Slice { import: import.id, after: import.applied_line, outcomes: Outcomes::IMPORTABLE };
    Ok(import_blocks::next(&mut app.db.of(tenant).read().await?, tenant, slice).await?)
}

/// Blocks next in line that the directory has as they are, and nobody wrote to it since that was found out:
/// there is nothing to write for them.
async fn unchanged(
    app: &App,
    tenant: Tenant,
    lookup: &Lookup,
    import: &Import,
    rows: &[ImportRow],
) -> Result<Option<Unchanged>, Halt> {
    let are_known = rows.iter().all(|row| row.disposition == Disposition::Unchanged && row.user.is_some());
    if !are_known || lookup.ask(Vec::new()).await?.version() != import.directory_version {
        return Ok(None);
    }
    let mut tx = app.db.of(tenant).read().await?;
    Ok(import_blocks::unchanged(&mut tx, tenant, import.id, import.applied_line).await?)
}

async fn pass_over(app: &App, tenant: Tenant, lease: &Lease, unchanged: Unchanged) -> Result<Import, Halt> {
    let mut tx = app.db.of(tenant).write().await?;
    let mut import = kept(app, &mut tx, tenant, lease).await?;
    import.applied_line = unchanged.last;
    import.advance(import.progress.done + unchanged.rows);
    imports::save(&mut tx, &import).await?;
    tx.wake(CHANGES);
    tx.commit().await?;
    Ok(import)
}

/// Users first, then seats for those rows that were promised one. With the version that writing the users
/// raised the directory to, if there was anything to write.
async fn chunk(
    lookup: &Lookup,
    import: &Import,
    rows: &[ImportRow],
) -> Result<(Vec<Change>, Option<i64>), Halt> {
    let people: Vec<&Person> = rows.iter().filter_map(|row| row.person.as_ref()).collect();
    if people.len() != rows.len() {
        tracing::error!(import.id = %import.id, "a row that can be imported holds no person");
        return Err(Halt::Never(proto::refusal::Refusal::internal()));
    }
    let first = rows.first().map_or(0, |row| row.line);
    let request_id = |step: &str| format!("{}/{first}/{step}", import.id);
    let (written, version) = lookup.directory.write(&people, request_id("users")).await?;
    let is_seated = |row: &ImportRow| row.needs_seat && row.line <= import.last_seated_line;
    let pairs = || rows.iter().zip(&written);
    let seated: Vec<Uuid> = pairs().filter(|(row, _)| is_seated(row)).map(|(_, user)| user.user).collect();
    if let Some(seats) = lookup.seats.as_ref().filter(|_| !seated.is_empty()) {
        seats.assign(owner(import), &seated, request_id("seats")).await?;
    }
    let seated: HashSet<Uuid> = seated.into_iter().collect();
    let done = pairs().map(|(row, user)| done(row, *user, seated.contains(&user.user)));
    let wrote = written.iter().any(|user| user.is_write()).then_some(version);
    Ok((done.collect(), wrote))
}

fn done(row: &ImportRow, written: Written, seated: bool) -> Change {
    let disposition = match written.outcome {
        Outcome::Created => Disposition::New,
        Outcome::Unchanged if !seated => Disposition::Unchanged,
        Outcome::Unchanged | Outcome::Updated | Outcome::Unspecified => Disposition::Updated,
    };
    let (line, needs_seat, user) = (row.line, row.needs_seat, Some(written.user));
    Change { line, disposition, needs_seat, user, license_enabled: seated }
}

/// One transaction: what became of the chunk's rows, and where the next one begins.
async fn write_down(app: &App, tenant: Tenant, lease: &Lease, chunk: Chunk) -> Result<Import, Halt> {
    let mut tx = app.db.of(tenant).write().await?;
    let mut import = kept(app, &mut tx, tenant, lease).await?;
    write::change(&mut tx, tenant, import.id, &chunk.done).await?;
    import.applied_line = chunk.last;
    // One step further by our own write is nobody else's: what was unchanged before it still is. A chunk
    // that wrote nothing raised nothing, so that the step is somebody else's.
    if let Some(version) = chunk.wrote.filter(|version| *version == import.directory_version + 1) {
        import.directory_version = version;
    }
    let rows = u32::try_from(chunk.done.len()).unwrap_or(u32::MAX);
    import.advance(import.progress.done + rows);
    imports::save(&mut tx, &import).await?;
    tx.wake(CHANGES);
    tx.commit().await?;
    Ok(import)
}

/// The import, if it is still being carried out and by this worker.
async fn kept(app: &App, tx: &mut Tx, tenant: Tenant, lease: &Lease) -> Result<Import, Halt> {
    if !imports::TO_APPLY.keep(tx, lease, app.clock.now()).await? {
        return Err(Halt::Lost);
    }
    let import = imports::lock(tx, tenant, lease.key).await?.ok_or(Halt::Lost)?;
    if import.state == State::Importing { Ok(import) } else { Err(Halt::Lost) }
}

/// Frees the seats that were not used, then ends the import: a final import holds no reservation.
pub async fn end(
    app: &App,
    tenant: Tenant,
    lease: &Lease,
    state: State,
    problem: Option<FileProblem>,
) -> Result<(), Halt> {
    let mut tx = app.db.of(tenant).write().await?;
    // A worker that lost its lease frees nothing: the one that has it may still need the seats.
    let import = kept(app, &mut tx, tenant, lease).await?;
    tx.commit().await?;
    releasing(app, &import).await?;
    let mut tx = app.db.of(tenant).write().await?;
    let mut import = kept(app, &mut tx, tenant, lease).await?;
    let done = import_blocks::totals(&mut tx, tenant, import.id, import.applied_line).await?;
    import.counts = Counts { rows: import.counts.rows, seats_required: import.counts.seats_required, ..done };
    import.problem = problem;
    import.end(state, app.clock.now(), app.keep);
    imports::save(&mut tx, &import).await?;
    tx.wake(CHANGES);
    Ok(tx.commit().await?)
}
