//! The rows of a file on their way into the plan, some thousand at a time.

use platform::lease::Lease;
use platform::tenant::Tenant;
use uuid::Uuid;

use crate::app::halt::Halt;
use crate::app::lookup::Lookup;
use crate::app::{App, CHANGES, ROWS};
use crate::domain::import::Import;
use crate::domain::import_row::Remark;
use crate::domain::intake::{Intake, Summary};
use crate::domain::person::Person;
use crate::domain::plan::{Fate, Known, Plan, Planner};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Content, Row};
use crate::store::import_rows::write::{self, NewRow};
use crate::store::imports;

/// Bytes that are read before others get a turn.
const BLOCK: usize = 64 << 10;

/// A file that is being read.
pub struct Reading<'a> {
    app: &'a App,
    lease: Lease,
    tenant: Tenant,
    lookup: &'a Lookup,
    intake: Option<Intake>,
    planner: Planner,
    /// Read and not yet looked up.
    rows: Vec<Row>,
    /// Looked up and not yet written.
    planned: Vec<NewRow>,
    done: u32,
    widest: usize,
    version: Option<i64>,
}

impl<'a> Reading<'a> {
    /// Nothing read yet.
    pub fn new(app: &'a App, lease: Lease, tenant: Tenant, import: &Import, lookup: &'a Lookup) -> Self {
        Self {
            app,
            lease,
            tenant,
            lookup,
            intake: Some(Intake::new(import.kind, app.limits)),
            planner: Planner::new(),
            rows: Vec::new(),
            planned: Vec::new(),
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
                let rest = self.rows.split_off(ROWS);
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
        let planned = std::mem::take(&mut self.planned);
        self.write(&planned).await?;
        self.done += count(&planned);
        Ok(Ok(summary))
    }

    /// The directory's version at the first look-up: what changed later is looked up again at acceptance.
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

    /// Looks these up while those before them are written.
    async fn look_up(&mut self, rows: Vec<Row>) -> Result<(), Halt> {
        let people: Vec<&Person> = rows.iter().filter_map(Row::person).collect();
        let planned = std::mem::take(&mut self.planned);
        let (answers, ()) = tokio::try_join!(self.lookup.ask(&people), self.write(&planned))?;
        self.done += count(&planned);
        self.version.get_or_insert(answers.version());
        for row in rows {
            let known = row.person().map_or_else(Known::default, |person| answers.of(&person.email));
            let user = row.person().and_then(|person| answers.user(&person.email));
            let fate = self.planner.add(&row, &known);
            let stored = self.stored(row, &fate, user);
            self.planned.push(stored);
        }
        Ok(())
    }

    async fn write(&self, rows: &[NewRow]) -> Result<(), Halt> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut tx = self.app.db.of(self.tenant).write().await?;
        let mut import = super::kept(self.app, &mut tx, self.tenant, &self.lease).await?;
        write::insert(&mut tx, self.tenant, import.id, rows).await?;
        import.advance(self.done + count(rows));
        imports::save(&mut tx, &import).await?;
        tx.wake(CHANGES);
        Ok(tx.commit().await?)
    }

    fn stored(&mut self, row: Row, fate: &Fate, user_id: Option<Uuid>) -> NewRow {
        let outcome = fate.disposition.as_str();
        let (person, cells, problems) = match row.content {
            Content::Valid(person) => (Some(person), None, None),
            Content::Failed(failure) => {
                self.widest = self.widest.max(failure.cells.len());
                let remarks = failure.problems.iter().map(Remark::from).collect();
                (None, Some(failure.cells), Some(remarks))
            }
        };
        NewRow { line: row.line, person, cells, problems, outcome, needs_seat: fate.needs_seat, user_id }
    }
}

fn count(rows: &[NewRow]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
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
