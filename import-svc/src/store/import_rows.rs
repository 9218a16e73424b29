//! Table `import_rows`.

mod read;
pub mod write;

use platform::db::{self, Sql, Tx};
use platform::tenant::Tenant;
use uuid::Uuid;

use super::imports::number;
use crate::domain::import_row::ImportRow;
use read::read;

/// Which rows of which import.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    /// The import.
    pub import: Uuid,
    /// Behind this line.
    pub after: u32,
    /// With one of these outcomes.
    pub outcomes: &'a [&'a str],
    /// At most.
    pub limit: i64,
}

/// Outcomes of rows that accepting writes or confirms.
pub const IMPORTABLE: &[&str] = &["NEW", "UPDATED", "UNCHANGED"];
/// The outcome of rows that cannot be imported.
pub const FAILED: &[&str] = &["ERROR"];

/// The rows of a slice, in file order.
pub async fn page(tx: &mut Tx, tenant: Tenant, slice: Slice<'_>) -> db::Result<Vec<ImportRow>> {
    let text = Sql {
        postgres: "SELECT * FROM import_rows WHERE organization_id = $1 AND import_id = $2 AND line > $3
            AND outcome IN (SELECT jsonb_array_elements_text($4)) ORDER BY line LIMIT $5",
        sqlite: "SELECT * FROM import_rows WHERE organization_id = $1 AND import_id = $2 AND line > $3
            AND outcome IN (SELECT value FROM jsonb_each($4)) ORDER BY line LIMIT $5",
    };
    tx.query(text)
        .bind(tenant.organization())
        .bind(slice.import)
        .bind(i64::from(slice.after))
        .bind_json(slice.outcomes)
        .bind(slice.limit)
        .all(read)
        .await
}

/// How many rows have one of the outcomes.
pub async fn count(tx: &mut Tx, tenant: Tenant, import: Uuid, outcomes: &[&str]) -> db::Result<i64> {
    let text = Sql {
        postgres: "SELECT count(*) AS n FROM import_rows WHERE organization_id = $1 AND import_id = $2
            AND outcome IN (SELECT jsonb_array_elements_text($3))",
        sqlite: "SELECT count(*) AS n FROM import_rows WHERE organization_id = $1 AND import_id = $2
            AND outcome IN (SELECT value FROM jsonb_each($3))",
    };
    tx.query(text).bind(tenant.organization()).bind(import).bind_json(outcomes).value("n").await
}

/// The line of the row that gets the last of `seats` seats; 0 for none.
pub async fn line_of_seat(tx: &mut Tx, tenant: Tenant, import: Uuid, seats: u32) -> db::Result<u32> {
    let Some(before) = seats.checked_sub(1) else { return Ok(0) };
    let found = tx
        .query(
            "SELECT line FROM import_rows WHERE organization_id = $1 AND import_id = $2 AND needs_seat
             ORDER BY line LIMIT 1 OFFSET $3",
        )
        .bind(tenant.organization())
        .bind(import)
        .bind(i64::from(before))
        .optional(|row| number(row, "line"))
        .await?;
    Ok(found.unwrap_or_default())
}

/// Rows in a row that change nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unchanged {
    /// How many.
    pub rows: u32,
    /// The last of them.
    pub last: u32,
}

/// The rows behind line `after` that are as the directory has them, up to the first that has to be written;
/// none when that is the next.
pub async fn unchanged(
    tx: &mut Tx,
    tenant: Tenant,
    import: Uuid,
    after: u32,
) -> db::Result<Option<Unchanged>> {
    tx.query(
        "SELECT count(*) AS n, coalesce(max(line), 0) AS last FROM import_rows
         WHERE organization_id = $1 AND import_id = $2 AND line > $3
            AND outcome = 'UNCHANGED' AND user_id IS NOT NULL
            AND line < coalesce((SELECT min(line) FROM import_rows
                WHERE organization_id = $1 AND import_id = $2 AND line > $3
                    AND (outcome IN ('NEW', 'UPDATED') OR (outcome = 'UNCHANGED' AND user_id IS NULL))),
                9223372036854775807)",
    )
    .bind(tenant.organization())
    .bind(import)
    .bind(i64::from(after))
    .one(|row| Ok(Unchanged { rows: number(row, "n")?, last: number(row, "last")? }))
    .await
    .map(|found| (found.rows > 0).then_some(found))
}

/// What was done up to line `applied`: outcome of the imported rows and how many have it.
pub async fn done(tx: &mut Tx, tenant: Tenant, import: Uuid, applied: u32) -> db::Result<Vec<(String, u32)>> {
    tx.query(
        "SELECT outcome, count(*) AS n FROM import_rows
         WHERE organization_id = $1 AND import_id = $2 AND (line <= $3 OR outcome IN ('SUPERSEDED', 'ERROR'))
         GROUP BY outcome",
    )
    .bind(tenant.organization())
    .bind(import)
    .bind(i64::from(applied))
    .all(|row| Ok((row.get("outcome")?, number(row, "n")?)))
    .await
}
