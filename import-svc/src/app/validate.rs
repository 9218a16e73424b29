//! From bytes to a plan. A restart begins anew; nothing is written to the directory.

mod reading;

use std::sync::Arc;

use platform::db::Tx;
use platform::lease::Lease;
use platform::serve::Job;
use platform::tenant::Tenant;

use super::halt::Halt;
use super::lookup::Lookup;
use super::{App, CHANGES, EVERYONE};
use crate::domain::import::{Causes, FileProblem, Import, Layout, State};
use crate::domain::intake::Summary;
use crate::domain::plan::{Disposition, Plan};
use crate::domain::refusal::Refusal as FileRefusal;
use crate::store::import_blocks::write::{self, Change};
use crate::store::{imports, upload_chunks};
use reading::Reading;

/// Reads the file, looks its people up and stores the plan.
pub async fn validate(app: &App, job: &Job, lease: &Lease) -> Result<(), Halt> {
    let import = begin(app, job, lease).await?;
    let tenant = job.tenant(import.organization);
    let lookup = Arc::new(Lookup::at_work(&app.peers, &import.created_by, &import)?);
    let mut reading = Reading::new(app, *lease, tenant, &import, &lookup);
    match read(app, tenant, &import, &mut reading).await? {
        Ok(summary) => {
            let free = lookup.free().await?;
            plan(app, tenant, lease, reading, &summary, free).await
        }
        Err(refusal) => reject(app, tenant, lease, &refusal).await,
    }
}

async fn read(
    app: &App,
    tenant: Tenant,
    import: &Import,
    reading: &mut Reading<'_>,
) -> Result<Result<Summary, FileRefusal>, Halt> {
    let mut position = 0;
    while let Some(data) = chunk(app, tenant, import, position).await? {
        position += i64::try_from(data.len()).unwrap_or(i64::MAX);
        if let Err(refusal) = reading.take(&data).await? {
            return Ok(Err(refusal));
        }
    }
    reading.finish().await
}

async fn chunk(app: &App, tenant: Tenant, import: &Import, position: i64) -> Result<Option<Vec<u8>>, Halt> {
    let mut tx = app.db.of(tenant).read().await?;
    Ok(upload_chunks::read(&mut tx, tenant, import.id, position).await?)
}

/// What an earlier worker wrote is forgotten.
async fn begin(app: &App, job: &Job, lease: &Lease) -> Result<Import, Halt> {
    let mut tx = app.db.of(EVERYONE).write().await?;
    let import = imports::leased(&mut tx, lease.key).await?.ok_or(Halt::Lost)?;
    let tenant = job.tenant(import.organization);
    tx.enter(tenant).await?;
    let import = kept(app, &mut tx, tenant, lease).await?;
    write::delete(&mut tx, tenant, import.id).await?;
    tx.commit().await?;
    Ok(import)
}

/// The import, if it is still to be validated and by this worker.
async fn kept(app: &App, tx: &mut Tx, tenant: Tenant, lease: &Lease) -> Result<Import, Halt> {
    if !imports::TO_VALIDATE.keep(tx, lease, app.clock.now()).await? {
        return Err(Halt::Lost);
    }
    let import = imports::lock(tx, tenant, lease.key).await?.ok_or(Halt::Lost)?;
    if import.state == State::Validating { Ok(import) } else { Err(Halt::Lost) }
}

async fn plan(
    app: &App,
    tenant: Tenant,
    lease: &Lease,
    reading: Reading<'_>,
    summary: &Summary,
    free: u32,
) -> Result<(), Halt> {
    let layout = Layout::new(&summary.dialect, &summary.header, reading.widest());
    let directory_version = reading.version();
    let Plan { fates, counts, groups } = reading.plan();
    let superseded: Vec<Change> = fates
        .iter()
        .filter_map(|fate| match fate.disposition {
            Disposition::Superseded { .. } => Some(Change {
                line: fate.line,
                disposition: fate.disposition,
                needs_seat: false,
                user: None,
                license_enabled: false,
            }),
            _ => None,
        })
        .collect();
    let mut tx = app.db.of(tenant).write().await?;
    let mut import = kept(app, &mut tx, tenant, lease).await?;
    write::change(&mut tx, tenant, import.id, &superseded).await?;
    import.groups = groups.iter().map(Causes::from).collect();
    import.groups.extend(Causes::ignored(&summary.header, counts.rows));
    import.groups.truncate(crate::domain::plan::groups::GROUPS);
    import.layout = layout;
    import.counts = counts;
    import.seats_free = free;
    import.directory_version = directory_version;
    import.state = State::AwaitingAcceptance;
    import.progress.total = counts.rows;
    import.advance(counts.rows);
    import.expire_time = app.clock.now() + app.keep;
    imports::save(&mut tx, &import).await?;
    upload_chunks::delete(&mut tx, tenant, import.id).await?;
    // The plan is free for whoever carries it out.
    imports::stop_work(&mut tx, tenant, import.id).await?;
    tx.wake(CHANGES);
    Ok(tx.commit().await?)
}

async fn reject(app: &App, tenant: Tenant, lease: &Lease, refusal: &FileRefusal) -> Result<(), Halt> {
    let problem = FileProblem {
        code: refusal.reason.as_str().to_owned(),
        message: refusal.message.clone(),
        line: refusal.line.unwrap_or_default(),
    };
    end(app, tenant, lease, problem).await
}

/// Ends a validation that cannot come to a plan: nothing of the file is kept.
pub async fn end(app: &App, tenant: Tenant, lease: &Lease, problem: FileProblem) -> Result<(), Halt> {
    let mut tx = app.db.of(tenant).write().await?;
    let mut import = kept(app, &mut tx, tenant, lease).await?;
    import.problem = Some(problem);
    import.end(State::Rejected, app.clock.now(), app.keep);
    imports::save(&mut tx, &import).await?;
    write::delete(&mut tx, tenant, import.id).await?;
    upload_chunks::delete(&mut tx, tenant, import.id).await?;
    tx.wake(CHANGES);
    Ok(tx.commit().await?)
}
