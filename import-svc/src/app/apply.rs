//! From an accepted plan to users and seats, block by block in file order.
//!
//! A block is the next one behind the last imported line, so that it is the same rows after a crash, and its
//! calls carry the same request ids: whoever has done them answers as before and does nothing. While one block
//! gets its seats and is written down, the users of the next are written: two services work at once.

mod block;

use platform::db::Tx;
use platform::lease::Lease;
use platform::serve::Job;
use platform::tenant::Tenant;
use proto::refusal::Refusal;

use super::halt::Halt;
use super::lookup::Lookup;
use super::{App, CHANGES, EVERYONE, releasing};
use crate::domain::import::{FileProblem, Import, State};
use crate::domain::import_row::ImportRow;
use crate::domain::plan::{Counts, Disposition};
use crate::store::import_blocks::{self, Outcomes, Slice, Unchanged};
use crate::store::imports;
use block::{Block, Settled};

/// What comes behind a line.
enum Next {
    /// A block whose users are written now.
    Written(Block),
    /// Blocks without anything to write.
    Unchanged(Unchanged),
    /// No row.
    Nothing,
}

/// One import that is carried out.
struct Applying<'a> {
    app: &'a App,
    tenant: Tenant,
    lease: &'a Lease,
    lookup: Lookup,
}

/// Imports what is not imported yet. A block that was begun is finished, also when the import is cancelled.
pub async fn apply(app: &App, job: &Job, lease: &Lease) -> Result<(), Halt> {
    let mut import = begin(app, lease).await?;
    let tenant = job.tenant(import.organization);
    let acceptor = import.accepted_by.clone().unwrap_or_else(|| import.created_by.clone());
    let lookup = Lookup::at_work(&app.peers, &acceptor, &import)?;
    let applying = Applying { app, tenant, lease, lookup };
    let (mut begun, mut is_over) = (None, false);
    loop {
        let after = begun.as_ref().map_or(import.applied_line, Block::last);
        is_over |= import.cancel_requested && after >= import.begun_line;
        if is_over && begun.is_none() {
            break;
        }
        let (settled, next) = tokio::join!(
            biased;
            Box::pin(applying.settle(&import, begun.as_ref())),
            Box::pin(applying.next(&import, after, is_over))
        );
        if let Err(Halt::Never(refusal)) = settled {
            return applying.leave_off(begun, next, refusal).await;
        }
        import = settled?.unwrap_or(import);
        begun = None;
        match next? {
            Next::Written(block) => begun = Some(block),
            Next::Unchanged(unchanged) => import = applying.pass_over(unchanged).await?,
            Next::Nothing => is_over = true,
        }
    }
    let state = if import.cancel_requested { State::Cancelled } else { State::Succeeded };
    end(app, tenant, lease, state, None).await
}

async fn begin(app: &App, lease: &Lease) -> Result<Import, Halt> {
    let mut tx = app.db.of(EVERYONE).read().await?;
    let import = imports::leased(&mut tx, lease.key).await?;
    import.filter(|import| import.state == State::Importing).ok_or(Halt::Lost)
}

impl Applying<'_> {
    /// Begins what comes behind a line: the users of a block are written.
    async fn next(&self, import: &Import, after: u32, is_over: bool) -> Result<Next, Halt> {
        if is_over {
            return Ok(Next::Nothing);
        }
        let slice = Slice { import: import.id, after, outcomes: Outcomes::IMPORTABLE };
        let found = {
            let mut tx = self.app.db.of(self.tenant).read().await?;
            import_blocks::next(&mut tx, self.tenant, slice).await?
        };
        let Some((last, rows)) = found else { return Ok(Next::Nothing) };
        match self.unchanged(import, after, &rows).await? {
            Some(unchanged) => Ok(Next::Unchanged(unchanged)),
            None => {
                self.begin_block(last).await?;
                Ok(Next::Written(Block::write(&self.lookup, import, last, rows).await?))
            }
        }
    }

    /// From now on the block is finished, whoever does it.
    async fn begin_block(&self, last: u32) -> Result<(), Halt> {
        let mut tx = self.app.db.of(self.tenant).write().await?;
        if !imports::begin_block(&mut tx, self.tenant, self.lease, last).await? {
            return Err(Halt::Lost);
        }
        Ok(tx.commit().await?)
    }

    /// Blocks behind a line that the directory has as they are, and nobody wrote to it since that was found
    /// out: there is nothing to write for them. A block in flight has raised the version: the one behind it is
    /// written, without effect.
    async fn unchanged(
        &self,
        import: &Import,
        after: u32,
        rows: &[ImportRow],
    ) -> Result<Option<Unchanged>, Halt> {
        let are_known =
            rows.iter().all(|row| row.disposition == Disposition::Unchanged && row.user.is_some());
        if !are_known || self.lookup.ask(Vec::new()).await?.version() != import.directory_version {
            return Ok(None);
        }
        let mut tx = self.app.db.of(self.tenant).read().await?;
        Ok(import_blocks::unchanged(&mut tx, self.tenant, import.id, after).await?)
    }

    async fn pass_over(&self, unchanged: Unchanged) -> Result<Import, Halt> {
        let mut tx = self.app.db.of(self.tenant).write().await?;
        let mut import = kept(self.app, &mut tx, self.tenant, self.lease).await?;
        import.applied_line = unchanged.last;
        import.advance(import.progress.done + unchanged.rows);
        imports::save(&mut tx, &import).await?;
        tx.wake(CHANGES);
        tx.commit().await?;
        Ok(import)
    }

    /// Finishes a block: its seats, then what became of its rows.
    async fn settle(&self, import: &Import, begun: Option<&Block>) -> Result<Option<Import>, Halt> {
        let Some(block) = begun else { return Ok(None) };
        let settled = block.seat(&self.lookup, import).await?;
        self.write_down(settled).await.map(Some)
    }

    /// Seats are refused for good: the users that were written are told, without a licence.
    async fn leave_off(
        &self,
        begun: Option<Block>,
        next: Result<Next, Halt>,
        refusal: Refusal,
    ) -> Result<(), Halt> {
        let next =
            next.ok().and_then(|next| if let Next::Written(block) = next { Some(block) } else { None });
        for block in begun.into_iter().chain(next) {
            self.write_down(block.without_seats()).await?;
        }
        Err(Halt::Never(refusal))
    }

    /// One transaction: what became of the rows of a block, and where the next one begins.
    async fn write_down(&self, settled: Settled) -> Result<Import, Halt> {
        let Settled { last, done, wrote } = settled;
        let mut tx = self.app.db.of(self.tenant).write().await?;
        let mut import = kept(self.app, &mut tx, self.tenant, self.lease).await?;
        import_blocks::write::change(&mut tx, self.tenant, import.id, &done).await?;
        import.applied_line = last;
        // One step further by our own write is nobody else's: what was unchanged before it still is. A block
        // that wrote nothing raised nothing, so that the step is somebody else's.
        if let Some(version) = wrote.filter(|version| *version == import.directory_version + 1) {
            import.directory_version = version;
        }
        let rows = u32::try_from(done.len()).unwrap_or(u32::MAX);
        import.advance(import.progress.done + rows);
        imports::save(&mut tx, &import).await?;
        tx.wake(CHANGES);
        tx.commit().await?;
        Ok(import)
    }
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
