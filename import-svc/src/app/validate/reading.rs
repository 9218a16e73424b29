//! The rows of a file on their way into the plan, some thousand at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use platform::lease::Lease;
use platform::tenant::Tenant;
use uuid::Uuid;

use crate::app::beside::Beside;
use crate::app::halt::Halt;
use crate::app::lookup::{Answers, Lookup};
use crate::app::{App, CHANGES, ROWS};
use crate::domain::block;
use crate::domain::import::Import;
use crate::domain::import_row::{ImportRow, Remark};
use crate::domain::intake::{Intake, Summary};
use crate::domain::plan::{Fate, Plan, Planner};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Content, Row};
use crate::store::import_blocks::write;
use crate::store::imports;

/// Bytes that are read before others get a turn.
const BLOCK: usize = 64 << 10;

/// Rows of one look-up, and of those behind it that one more block brings.
const ROOM: usize = ROWS + ROWS / 2;

/// Look-ups under way at once: while one waits for the database, another is read from it.
const ASKED: usize = 3;

/// A file that is being read.
pub struct Reading<'a> {
    app: &'a App,
    lease: Lease,
    tenant: Tenant,
    lookup: &'a Arc<Lookup>,
    intake: Option<Intake>,
    planner: Planner,
    /// Read and not yet looked up.
    rows: Vec<Row>,
    /// Being looked up, in file order; at most [`ASKED`].
    asked: VecDeque<(Vec<Row>, Beside<Answers>)>,
    /// Being written.
    writing: Option<Beside<()>>,
    done: u32,
    widest: usize,
    version: Option<i64>,
}

impl<'a> Reading<'a> {
    /// Nothing read yet.
    pub fn new(app: &'a App, lease: Lease, tenant: Tenant, import: &Import, lookup: &'a Arc<Lookup>) -> Self {
        Self {
            app,
            lease,
            tenant,
            lookup,
            intake: Some(Intake::new(import.kind, app.limits)),
            planner: Planner::new(),
            rows: Vec::with_capacity(ROOM),
            asked: VecDeque::new(),
            writing: None,
            done: 0,
            widest: 0,
            version: None,
        }
    }

    /// Takes the next bytes of the file.
    pub async fn take(&mut self, data: &[u8]) -> Result<Result<(), Refusal>, Halt> {
        for block in data.chunks(BLOCK) {
            let Some(intake) = &mut self.intake else { return Ok(Ok(())) };
            let rows = &mut self.rows;
            if let Err(refusal) = intake.feed(block, &mut |row| rows.push(row)) {
                return Ok(Err(refusal));
            }
            while self.rows.len() >= ROWS {
                let mut rest = Vec::with_capacity(ROOM);
                rest.extend(self.rows.drain(ROWS..));
                let rows = std::mem::replace(&mut self.rows, rest);
                self.look_up(rows).await?;
            }
            tokio::task::yield_now().await;
        }
        Ok(Ok(()))
    }

    /// Ends the file.
    pub async fn finish(&mut self) -> Result<Result<Summary, Refusal>, Halt> {
        let Some(intake) = self.intake.take() else { return Err(Halt::Lost) };
        let rows = &mut self.rows;
        let summary = match intake.finish(&mut |row| rows.push(row)) {
            Ok(summary) => summary,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let rest = std::mem::take(&mut self.rows);
        for rows in split(rest) {
            self.look_up(rows).await?;
        }
        while !self.asked.is_empty() {
            self.plan_asked().await?;
        }
        self.written().await?;
        Ok(Ok(summary))
    }

    /// The directory's version at the oldest look-up: what changed later is looked up again at acceptance.
    pub fn version(&self) -> i64 {
        self.version.unwrap_or_default()
    }

    /// Cells of the widest failed row.
    pub fn widest(&self) -> usize {
        self.widest
    }

    /// The plan for all rows.
    pub fn plan(self) -> Plan {
        self.planner.finish()
    }

    /// Begins to look these up. Those that were asked for long ago are planned, and begin to be written.
    async fn look_up(&mut self, rows: Vec<Row>) -> Result<(), Halt> {
        while self.asked.len() >= ASKED {
            self.plan_asked().await?;
        }
        let emails = rows.iter().filter_map(Row::person).map(|person| person.email.clone()).collect();
        let lookup = Arc::clone(self.lookup);
        let answers = Beside::begin(self.app, "import.look-up", async move { lookup.ask(emails).await });
        self.asked.push_back((rows, answers));
        Ok(())
    }

    async fn plan_asked(&mut self) -> Result<(), Halt> {
        let Some((rows, answers)) = self.asked.pop_front() else { return Ok(()) };
        let answers = answers.end().await?;
        let version = answers.version();
        self.version = Some(self.version.map_or(version, |oldest| oldest.min(version)));
        let mut planned = Vec::with_capacity(rows.len());
        let mut answers = answers.iter();
        for row in rows {
            let (user, known) = row.person().and_then(|_| answers.next()).unwrap_or_default();
            let fate = self.planner.add(&row, &known);
            planned.push(self.stored(row, &fate, user));
        }
        self.written().await?;
        self.done += u32::try_from(planned.len()).unwrap_or(u32::MAX);
        let (app, tenant, lease) = (self.app.clone(), self.tenant, self.lease);
        let writing = write(app, tenant, lease, planned, self.done);
        self.writing = Some(Beside::begin(self.app, "import.write", writing));
        Ok(())
    }

    async fn written(&mut self) -> Result<(), Halt> {
        match self.writing.take() {
            Some(writing) => writing.end().await,
            None => Ok(()),
        }
    }

    fn stored(&mut self, row: Row, fate: &Fate, user: Option<Uuid>) -> ImportRow {
        let (person, cells, problems) = match row.content {
            Content::Valid(person) => (Some(person), Vec::new(), Vec::new()),
            Content::Failed(failure) => {
                self.widest = self.widest.max(failure.cells.len());
                let remarks = failure.problems.iter().map(Remark::from).collect();
                (None, failure.cells, remarks)
            }
        };
        let (line, disposition, needs_seat) = (row.line, fate.disposition, fate.needs_seat);
        ImportRow { line, person, cells, problems, disposition, needs_seat, user, license_enabled: false }
    }
}

/// Writes planned rows, and that so many are done.
async fn write(app: App, tenant: Tenant, lease: Lease, rows: Vec<ImportRow>, done: u32) -> Result<(), Halt> {
    let mut tx = app.db.of(tenant).write().await?;
    let mut import = super::kept(&app, &mut tx, tenant, &lease).await?;
    for block in block::cut(&rows) {
        write::insert(&mut tx, tenant, import.id, block).await?;
    }
    import.advance(done);
    imports::save(&mut tx, &import).await?;
    tx.wake(CHANGES);
    Ok(tx.commit().await?)
}

fn split(mut rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut parts = Vec::new();
    while rows.len() > ROWS {
        let rest = rows.split_off(ROWS);
        parts.push(std::mem::replace(&mut rows, rest));
    }
    if !rows.is_empty() {
        parts.push(rows);
    }
    parts
}
