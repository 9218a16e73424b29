//! Table `imports`.

mod read;
pub mod sweep;

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{self, Sql, Tx};
use platform::lease::{Lease, Table};
use platform::telemetry;
use platform::tenant::Tenant;
use serde_json::json;
use uuid::Uuid;

use crate::domain::import::{Claim, Import};
pub(super) use read::number;
use read::read;

/// How long a worker may be silent. It says three times in between that it lives.
const TERM: TimeDelta = TimeDelta::seconds(15);

/// Files to be read.
pub const TO_VALIDATE: Table = table("state = 'VALIDATING'");
/// Plans to be carried out.
pub const TO_APPLY: Table = table("state = 'IMPORTING'");

const fn table(ready: &'static str) -> Table {
    Table { name: "imports", key: "id", ready, order: "create_time", term: TERM }
}

/// Writes a new import.
pub async fn insert(tx: &mut Tx, import: &Import) -> db::Result<()> {
    tx.query(
        "INSERT INTO imports (organization_id, id, kind, state, product, file_name, size_bytes, digest, layout,
            row_count, new_count, updated_count, unchanged_count, superseded_count, error_count, error_groups,
            seats_required, seats_free, without_license_count, progress_done, progress_total,
            directory_version, created_by, last_seated_line, applied_line, cancel_requested, sequence,
            create_time, expire_time, traceparent)
         VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, 0, 0, 0, 0, 0, 0, $8, 0, 0, 0, 0, 0, 0, $9, 0, 0, FALSE, $10,
            $11, $12, $13)",
    )
    .bind(import.organization)
    .bind(import.id)
    .bind(import.kind.as_str())
    .bind(import.state.as_str())
    .bind(&import.product)
    .bind(&import.file_name)
    .bind_json(&import.layout)
    .bind(json!([]))
    .bind(&import.created_by)
    .bind(import.sequence)
    .bind(import.create_time)
    .bind(import.expire_time)
    .bind(telemetry::current())
    .execute()
    .await
    .map(drop)
}

/// Writes everything of an import that can change, but its lease.
pub async fn save(tx: &mut Tx, import: &Import) -> db::Result<()> {
    let counts = &import.counts;
    tx.query(
        "UPDATE imports SET state = $3, size_bytes = $4, digest = $5, layout = $6, row_count = $7, new_count = $8,
            updated_count = $9, unchanged_count = $10, superseded_count = $11, error_count = $12,
            error_groups = $13, file_problem = $14, seats_required = $15, seats_free = $16,
            without_license_count = $17, progress_done = $18, progress_total = $19, directory_version = $20,
            accepted_by = $21, last_seated_line = $22, applied_line = $23, cancel_requested = $24,
            accept_claim = $25, accept_until = $26, sequence = $27, end_time = $28, expire_time = $29
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(import.organization)
    .bind(import.id)
    .bind(import.state.as_str())
    .bind(import.size_bytes)
    .bind(&import.digest)
    .bind_json(&import.layout)
    .bind(i64::from(counts.rows))
    .bind(i64::from(counts.new))
    .bind(i64::from(counts.updated))
    .bind(i64::from(counts.unchanged))
    .bind(i64::from(counts.superseded))
    .bind(i64::from(counts.errors))
    .bind_json(&import.groups)
    .bind(import.problem.as_ref().map(|problem| json!(problem)))
    .bind(i64::from(counts.seats_required))
    .bind(i64::from(import.seats_free))
    .bind(i64::from(import.without_license))
    .bind(i64::from(import.progress.done))
    .bind(i64::from(import.progress.total))
    .bind(import.directory_version)
    .bind(import.accepted_by.as_ref())
    .bind(i64::from(import.last_seated_line))
    .bind(i64::from(import.applied_line))
    .bind(import.cancel_requested)
    .bind(import.claim.map(|claim| claim.id))
    .bind(import.claim.map(|claim| claim.until))
    .bind(import.sequence)
    .bind(import.end_time)
    .bind(import.expire_time)
    .execute()
    .await
    .map(drop)
}

/// Notes that the block up to this line is begun; false when another worker has the import now. Whoever takes
/// over repeats blocks that were begun: the line never goes back.
pub async fn begin_block(tx: &mut Tx, tenant: Tenant, lease: &Lease, last: u32) -> db::Result<bool> {
    let changed = tx
        .query(
            "UPDATE imports SET begun_line = CASE WHEN begun_line < $3 THEN $3 ELSE begun_line END
             WHERE organization_id = $1 AND id = $2 AND lease_owner = $4 AND lease_attempt = $5",
        )
        .bind(tenant.organization())
        .bind(lease.key)
        .bind(i64::from(last))
        .bind(lease.owner)
        .bind(lease.attempt)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// An import.
pub async fn find(tx: &mut Tx, tenant: Tenant, id: Uuid) -> db::Result<Option<Import>> {
    tx.query("SELECT * FROM imports WHERE organization_id = $1 AND id = $2")
        .bind(tenant.organization())
        .bind(id)
        .optional(read)
        .await
}

/// An import that nobody else changes until the transaction ends.
pub async fn lock(tx: &mut Tx, tenant: Tenant, id: Uuid) -> db::Result<Option<Import>> {
    let text = Sql {
        postgres: "SELECT * FROM imports WHERE organization_id = $1 AND id = $2 FOR UPDATE",
        sqlite: "SELECT * FROM imports WHERE organization_id = $1 AND id = $2",
    };
    tx.query(text).bind(tenant.organization()).bind(id).optional(read).await
}

/// The import of a lease; whose it is stands in the row.
pub async fn leased(tx: &mut Tx, id: Uuid) -> db::Result<Option<Import>> {
    tx.query("SELECT * FROM imports WHERE id = $1").bind(id).optional(read).await
}

/// The trace that the next work on a leased import belongs to.
pub async fn trace(tx: &mut Tx, id: Uuid) -> db::Result<Option<String>> {
    tx.query("SELECT traceparent FROM imports WHERE id = $1").bind(id).one(|row| row.get("traceparent")).await
}

/// From now on the work belongs to the present trace: that of the acceptance, not of the upload.
pub async fn follow(tx: &mut Tx, import: &Import) -> db::Result<()> {
    tx.query("UPDATE imports SET traceparent = $3 WHERE organization_id = $1 AND id = $2")
        .bind(import.organization)
        .bind(import.id)
        .bind(telemetry::current())
        .execute()
        .await
        .map(drop)
}

/// Imports made before `(time, id)`, newest first.
pub async fn page(
    tx: &mut Tx,
    tenant: Tenant,
    before: (DateTime<Utc>, Uuid),
    limit: i64,
) -> db::Result<Vec<Import>> {
    tx.query(
        "SELECT * FROM imports WHERE organization_id = $1 AND state <> 'UPLOADING' AND (create_time, id) < ($2, $3)
         ORDER BY create_time DESC, id DESC LIMIT $4",
    )
    .bind(tenant.organization())
    .bind(before.0)
    .bind(before.1)
    .bind(limit)
    .all(read)
    .await
}

/// Takes the lease away from whoever works on the import.
pub async fn stop_work(tx: &mut Tx, tenant: Tenant, id: Uuid) -> db::Result<()> {
    tx.query(
        "UPDATE imports SET lease_owner = NULL, lease_until = NULL WHERE organization_id = $1 AND id = $2",
    )
    .bind(tenant.organization())
    .bind(id)
    .execute()
    .await
    .map(drop)
}

/// Forgets an import whose file has not come in whole.
pub async fn delete_unfinished(tx: &mut Tx, tenant: Tenant, id: Uuid) -> db::Result<()> {
    tx.query("DELETE FROM imports WHERE organization_id = $1 AND id = $2 AND state = 'UPLOADING'")
        .bind(tenant.organization())
        .bind(id)
        .execute()
        .await
        .map(drop)
}

/// Claims the decision on an import; `before` is the claim that was read.
pub async fn claim(tx: &mut Tx, import: &Import, before: Option<Claim>, claim: Claim) -> db::Result<bool> {
    let text = Sql {
        postgres: "UPDATE imports SET accept_claim = $3, accept_until = $4
            WHERE organization_id = $1 AND id = $2 AND accept_claim IS NOT DISTINCT FROM $5::uuid",
        sqlite: "UPDATE imports SET accept_claim = $3, accept_until = $4
            WHERE organization_id = $1 AND id = $2 AND accept_claim IS $5",
    };
    let changed = tx
        .query(text)
        .bind(import.organization)
        .bind(import.id)
        .bind(claim.id)
        .bind(claim.until)
        .bind(before.map(|claim| claim.id))
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Ends a claim, if it is still this one.
pub async fn unclaim(tx: &mut Tx, tenant: Tenant, id: Uuid, claim: Claim) -> db::Result<()> {
    tx.query(
        "UPDATE imports SET accept_claim = NULL, accept_until = NULL
         WHERE organization_id = $1 AND id = $2 AND accept_claim = $3",
    )
    .bind(tenant.organization())
    .bind(id)
    .bind(claim.id)
    .execute()
    .await
    .map(drop)
}
