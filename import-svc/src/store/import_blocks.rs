//! Table `import_blocks`: the rows of a file, a thousand to a block.

mod format;
pub mod write;

use platform::db::{self, Row, Tx};
use platform::tenant::Tenant;
use uuid::Uuid;

use super::imports::number;
use crate::domain::import_row::ImportRow;
use crate::domain::plan::{Counts, Disposition};

/// Which rows of which import.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// The import.
    pub import: Uuid,
    /// Behind this line.
    pub after: u32,
    /// With one of these outcomes.
    pub outcomes: Outcomes,
}

/// Outcomes that pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Of a user that is added.
    pub new: bool,
    /// Of a user that changes.
    pub updated: bool,
    /// Of a user that is as the row says.
    pub unchanged: bool,
    /// Of a row that a later one replaces.
    pub superseded: bool,
    /// Of a row that cannot be imported.
    pub errors: bool,
}

impl Outcomes {
    /// Of rows that accepting writes or confirms.
    pub const IMPORTABLE: Self =
        Self { new: true, updated: true, unchanged: true, superseded: false, errors: false };
    /// Of rows that cannot be imported.
    pub const FAILED: Self =
        Self { new: false, updated: false, unchanged: false, superseded: false, errors: true };

    const fn pass(self, disposition: Disposition) -> bool {
        match disposition {
            Disposition::New => self.new,
            Disposition::Updated => self.updated,
            Disposition::Unchanged => self.unchanged,
            Disposition::Superseded { .. } => self.superseded,
            Disposition::Error => self.errors,
        }
    }
}

/// The first rows of a slice, in file order, at most `limit`.
pub async fn page(tx: &mut Tx, tenant: Tenant, mut slice: Slice, limit: usize) -> db::Result<Vec<ImportRow>> {
    let mut rows = Vec::new();
    while rows.len() < limit {
        let Some((last, found)) = next(tx, tenant, slice).await? else { break };
        rows.extend(found);
        slice.after = last;
    }
    rows.truncate(limit);
    Ok(rows)
}

/// The rows of a slice that the first block with any of them has, and the last line of the block.
pub async fn next(
    tx: &mut Tx,
    tenant: Tenant,
    mut slice: Slice,
) -> db::Result<Option<(u32, Vec<ImportRow>)>> {
    while let Some((last, mut rows)) = block(tx, tenant, slice).await? {
        rows.retain(|row| row.line > slice.after && slice.outcomes.pass(row.disposition));
        if !rows.is_empty() {
            return Ok(Some((last, rows)));
        }
        slice.after = last;
    }
    Ok(None)
}

/// The first block behind a line with rows that have one of the outcomes.
async fn block(tx: &mut Tx, tenant: Tenant, slice: Slice) -> db::Result<Option<(u32, Vec<ImportRow>)>> {
    let Outcomes { new, updated, unchanged, superseded, errors } = slice.outcomes;
    tx.query(
        "SELECT last_line, fates, rows FROM import_blocks
         WHERE organization_id = $1 AND import_id = $2 AND last_line > $3
            AND (($4 AND new_count > 0) OR ($5 AND updated_count > 0) OR ($6 AND unchanged_count > 0)
                OR ($7 AND superseded_count > 0) OR ($8 AND error_count > 0))
         ORDER BY last_line LIMIT 1",
    )
    .bind(tenant.organization())
    .bind(slice.import)
    .bind(i64::from(slice.after))
    .bind(new)
    .bind(updated)
    .bind(unchanged)
    .bind(superseded)
    .bind(errors)
    .optional(|row| Ok((number(row, "last_line")?, format::rows(row)?)))
    .await
}

/// How many rows have one of the outcomes.
pub async fn count(tx: &mut Tx, tenant: Tenant, import: Uuid, outcomes: Outcomes) -> db::Result<u32> {
    let all = totals(tx, tenant, import, u32::MAX).await?;
    let passing = [
        (outcomes.new, all.new),
        (outcomes.updated, all.updated),
        (outcomes.unchanged, all.unchanged),
        (outcomes.superseded, all.superseded),
        (outcomes.errors, all.errors),
    ];
    Ok(passing.iter().filter(|(passes, _)| *passes).map(|(_, rows)| rows).sum())
}

/// The line of the row that gets the last of `seats` seats; 0 for none.
pub async fn line_of_seat(tx: &mut Tx, tenant: Tenant, import: Uuid, seats: u32) -> db::Result<u32> {
    let blocks = tx
        .query(
            "SELECT last_line, seat_count FROM import_blocks
             WHERE organization_id = $1 AND import_id = $2 AND seat_count > 0 ORDER BY last_line",
        )
        .bind(tenant.organization())
        .bind(import)
        .all(|row| Ok((number(row, "last_line")?, number(row, "seat_count")?)))
        .await?;
    let mut left = seats;
    for (last, here) in blocks.into_iter().take_while(|_| seats > 0) {
        if left <= here {
            let fates = fates(tx, tenant, import, last).await?;
            let mut seated = fates.iter().filter(|fate| fate.needs_seat);
            return Ok(seated.nth(left as usize - 1).map_or(0, |fate| fate.line));
        }
        left -= here;
    }
    Ok(0)
}

/// Rows in a row that change nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unchanged {
    /// How many.
    pub rows: u32,
    /// The last of them, or of those that cannot be imported behind it.
    pub last: u32,
}

/// The rows of the blocks behind line `after` in which nothing has to be written, up to the first block with
/// a row that has; none when that is the next.
pub async fn unchanged(
    tx: &mut Tx,
    tenant: Tenant,
    import: Uuid,
    after: u32,
) -> db::Result<Option<Unchanged>> {
    tx.query(
        "SELECT CAST(coalesce(sum(unchanged_count), 0) AS BIGINT) AS n, coalesce(max(last_line), 0) AS last
         FROM import_blocks WHERE organization_id = $1 AND import_id = $2 AND last_line > $3
            AND last_line < coalesce((SELECT min(last_line) FROM import_blocks
                WHERE organization_id = $1 AND import_id = $2 AND last_line > $3
                    AND (new_count > 0 OR updated_count > 0)),
                9223372036854775807)",
    )
    .bind(tenant.organization())
    .bind(import)
    .bind(i64::from(after))
    .one(|row| Ok(Unchanged { rows: number(row, "n")?, last: number(row, "last")? }))
    .await
    .map(|found| (found.rows > 0).then_some(found))
}

/// A block of any organization.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// Whose.
    pub organization: Uuid,
    /// Of which import.
    pub import: Uuid,
    /// Its last line.
    pub last: u32,
}

/// The next block of all, its counts as they are kept and as its rows are.
pub async fn recounted(tx: &mut Tx, after: Place) -> db::Result<Option<(Place, [Counts; 2])>> {
    tx.query(
        "SELECT * FROM import_blocks WHERE (organization_id, import_id, last_line) > ($1, $2, $3)
         ORDER BY organization_id, import_id, last_line LIMIT 1",
    )
    .bind(after.organization)
    .bind(after.import)
    .bind(i64::from(after.last))
    .optional(|row| {
        let (organization, import) = (row.get("organization_id")?, row.get("import_id")?);
        let kept = Counts { seats_required: number(row, "seat_count")?, ..counts(row)? };
        let recounted = format::counts(&format::fates(row)?);
        Ok((Place { organization, import, last: number(row, "last_line")? }, [kept, recounted]))
    })
    .await
}

/// How many rows up to line `applied` are imported, and how many of all cannot or need not be.
pub async fn totals(tx: &mut Tx, tenant: Tenant, import: Uuid, applied: u32) -> db::Result<Counts> {
    tx.query(
        "SELECT CAST(coalesce(sum(CASE WHEN last_line <= $3 THEN new_count END), 0) AS BIGINT) AS new_count,
            CAST(coalesce(sum(CASE WHEN last_line <= $3 THEN updated_count END), 0) AS BIGINT) AS updated_count,
            CAST(coalesce(sum(CASE WHEN last_line <= $3 THEN unchanged_count END), 0) AS BIGINT)
                AS unchanged_count,
            CAST(coalesce(sum(superseded_count), 0) AS BIGINT) AS superseded_count,
            CAST(coalesce(sum(error_count), 0) AS BIGINT) AS error_count
         FROM import_blocks WHERE organization_id = $1 AND import_id = $2",
    )
    .bind(tenant.organization())
    .bind(import)
    .bind(i64::from(applied))
    .one(counts)
    .await
}

fn counts(row: &Row) -> db::Result<Counts> {
    let mut counts = Counts {
        new: number(row, "new_count")?,
        updated: number(row, "updated_count")?,
        unchanged: number(row, "unchanged_count")?,
        superseded: number(row, "superseded_count")?,
        errors: number(row, "error_count")?,
        ..Counts::default()
    };
    counts.rows = counts.importable() + counts.superseded + counts.errors;
    Ok(counts)
}

async fn fates(tx: &mut Tx, tenant: Tenant, import: Uuid, last: u32) -> db::Result<Vec<format::Fate>> {
    tx.query(
        "SELECT fates FROM import_blocks WHERE organization_id = $1 AND import_id = $2 AND last_line = $3",
    )
    .bind(tenant.organization())
    .bind(import)
    .bind(i64::from(last))
    .one(format::fates)
    .await
}
