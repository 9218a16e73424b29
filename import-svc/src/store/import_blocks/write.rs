//! Rows that were read, and what becomes of them.

use platform::db::{self, Query, Tx};
use platform::tenant::Tenant;
use uuid::Uuid;

use super::format::{self, Fate};
use crate::domain::import_row::ImportRow;
use crate::domain::plan::Disposition;
use crate::store::imports::number;

/// What a row means now, instead of what it was thought to mean; in the end what was done.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// Which row.
    pub line: u32,
    /// What it means.
    pub disposition: Disposition,
    /// Whether a seat is newly needed.
    pub needs_seat: bool,
    /// The user it is about now, if there is one.
    pub user: Option<Uuid>,
    /// Whether it was imported with a new licence.
    pub license_enabled: bool,
}

/// Writes rows that were read, and stand behind those that were written.
pub async fn insert(tx: &mut Tx, tenant: Tenant, import: Uuid, rows: &[ImportRow]) -> db::Result<()> {
    let Some(last) = rows.last().map(|row| row.line) else { return Ok(()) };
    let fates: Vec<_> = rows.iter().map(format::fate).collect();
    let said: Vec<_> = rows.iter().map(format::saying).collect();
    let query = tx.query(
        "INSERT INTO import_blocks (organization_id, import_id, last_line, new_count, updated_count,
            unchanged_count, superseded_count, error_count, seat_count, fates, rows)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    );
    block(query, tenant, import, last, &fates)?.bind(text(&said)?).execute().await.map(drop)
}

/// Writes what rows mean now; changes are given in file order.
pub async fn change(tx: &mut Tx, tenant: Tenant, import: Uuid, mut changes: &[Change]) -> db::Result<()> {
    while let Some(first) = changes.first() {
        let (last, mut fates) = holding(tx, tenant, import, first.line).await?;
        let (here, behind) = changes.split_at(changes.partition_point(|change| change.line <= last));
        for change in here {
            let found = fates.binary_search_by_key(&change.line, |fate| fate.line);
            let found = found.map_err(|_| db::Error::broken("fates", "a line is not there"))?;
            fates[found] = Fate {
                line: change.line,
                outcome: change.disposition,
                needs_seat: change.needs_seat,
                user_id: change.user,
                license_enabled: change.license_enabled,
            };
        }
        save(tx, tenant, import, last, &fates).await?;
        changes = behind;
    }
    Ok(())
}

/// The fates of the block that holds a line, and its last line.
async fn holding(tx: &mut Tx, tenant: Tenant, import: Uuid, line: u32) -> db::Result<(u32, Vec<Fate>)> {
    tx.query(
        "SELECT last_line, fates FROM import_blocks
         WHERE organization_id = $1 AND import_id = $2 AND last_line >= $3 ORDER BY last_line LIMIT 1",
    )
    .bind(tenant.organization())
    .bind(import)
    .bind(i64::from(line))
    .one(|row| Ok((number(row, "last_line")?, format::fates(row)?)))
    .await
}

async fn save(tx: &mut Tx, tenant: Tenant, import: Uuid, last: u32, fates: &[Fate]) -> db::Result<()> {
    let query = tx.query(
        "UPDATE import_blocks SET new_count = $4, updated_count = $5, unchanged_count = $6,
            superseded_count = $7, error_count = $8, seat_count = $9, fates = $10
         WHERE organization_id = $1 AND import_id = $2 AND last_line = $3",
    );
    block(query, tenant, import, last, fates)?.execute().await.map(drop)
}

/// Binds `$1` to `$10`: which block, what its rows mean in figures, and each.
fn block<'t>(
    query: Query<'t>,
    tenant: Tenant,
    import: Uuid,
    last: u32,
    fates: &[Fate],
) -> db::Result<Query<'t>> {
    let counts = format::counts(fates);
    let query = query
        .bind(tenant.organization())
        .bind(import)
        .bind(i64::from(last))
        .bind(i64::from(counts.new))
        .bind(i64::from(counts.updated))
        .bind(i64::from(counts.unchanged))
        .bind(i64::from(counts.superseded))
        .bind(i64::from(counts.errors))
        .bind(i64::from(counts.seats_required));
    Ok(query.bind(text(fates)?))
}

/// Forgets all rows of an import.
pub async fn delete(tx: &mut Tx, tenant: Tenant, import: Uuid) -> db::Result<()> {
    tx.query("DELETE FROM import_blocks WHERE organization_id = $1 AND import_id = $2")
        .bind(tenant.organization())
        .bind(import)
        .execute()
        .await
        .map(drop)
}

fn text<T: serde::Serialize>(values: &[T]) -> db::Result<Vec<u8>> {
    serde_json::to_vec(values).map_err(|error| db::Error::broken("block", error))
}
