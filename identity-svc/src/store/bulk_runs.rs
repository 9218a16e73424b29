//! The table `bulk_runs`.

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{Result, Row, Tx};
use platform::lease;
use platform::telemetry;
use uuid::Uuid;

use crate::domain::bulk_run::{BulkRun, State};
use crate::store::bulk_run_items;

/// What [`Tx::wake`] rings when a run begins or changes.
pub const TOPIC: &str = "bulk_runs";

/// Runs that a worker may take.
pub const AT_WORK: lease::Table = lease::Table {
    name: "bulk_runs",
    key: "id",
    ready: "state = 'RUNNING'",
    order: "create_time",
    term: TimeDelta::seconds(30),
};

const FIND: &str = "SELECT organization_id, id, state, total_count, sequence, create_time, end_time
     FROM bulk_runs WHERE organization_id = $1 AND id = $2";

/// Writes a new run; `inviter` is shown in its mails.
pub async fn insert(tx: &mut Tx, run: &BulkRun, inviter: &str) -> Result<()> {
    tx.query(
        "INSERT INTO bulk_runs (organization_id, id, action, state, inviter, total_count, sequence, create_time,
             traceparent)
         VALUES ($1, $2, 'SEND_ACTIVATION_EMAILS', $3, $4, $5, $6, $7, $8)",
    )
    .bind(run.organization)
    .bind(run.id)
    .bind(run.state.as_str())
    .bind(inviter)
    .bind(run.total)
    .bind(run.sequence)
    .bind(run.create_time)
    .bind(telemetry::current())
    .execute()
    .await?;
    tx.wake(TOPIC);
    Ok(())
}

/// The run with its counts.
pub async fn find(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<BulkRun>> {
    let found = tx.query(FIND).bind(organization).bind(id).optional(read).await?;
    let Some(run) = found else { return Ok(None) };
    let outcomes = bulk_run_items::count(tx, organization, id).await?;
    Ok(Some(BulkRun { outcomes, ..run }))
}

/// The trace of the call that began a run.
pub async fn trace(tx: &mut Tx, id: Uuid) -> Result<Option<String>> {
    tx.query("SELECT traceparent FROM bulk_runs WHERE id = $1")
        .bind(id)
        .one(|row| row.get("traceparent"))
        .await
}

/// Organization, inviter and state of a run that a worker holds; the lease has locked the row.
pub async fn held(tx: &mut Tx, id: Uuid) -> Result<(Uuid, String, State)> {
    tx.query("SELECT organization_id, inviter, state FROM bulk_runs WHERE id = $1")
        .bind(id)
        .one(|row| Ok((row.get("organization_id")?, row.get("inviter")?, row.parse("state", State::parse)?)))
        .await
}

/// Notes that items changed.
pub async fn touch(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<u64> {
    tx.wake(TOPIC);
    tx.query("UPDATE bulk_runs SET sequence = sequence + 1 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .execute()
        .await
}

/// Ends a run that is running; false when it is final already.
pub async fn end(
    tx: &mut Tx,
    organization: Uuid,
    id: Uuid,
    state: State,
    now: DateTime<Utc>,
) -> Result<bool> {
    tx.wake(TOPIC);
    let changed = tx
        .query(
            "UPDATE bulk_runs SET state = $3, end_time = $4, sequence = sequence + 1
             WHERE organization_id = $1 AND id = $2 AND state = 'RUNNING'",
        )
        .bind(organization)
        .bind(id)
        .bind(state.as_str())
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}

fn read(row: &Row) -> Result<BulkRun> {
    Ok(BulkRun {
        organization: row.get("organization_id")?,
        id: row.get("id")?,
        state: row.parse("state", State::parse)?,
        total: row.get("total_count")?,
        outcomes: Vec::new(),
        sequence: row.get("sequence")?,
        create_time: row.get("create_time")?,
        end_time: row.get("end_time")?,
    })
}
