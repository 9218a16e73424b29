//! Rows in sets: one statement for thousands.

use platform::db::{self, Sql, Tx};
use platform::tenant::Tenant;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::import_row::Remark;
use crate::domain::person::Person;

/// A row that was read.
#[derive(Debug, Serialize)]
pub struct NewRow {
    /// As a spreadsheet numbers it.
    pub line: u32,
    /// Of a valid row.
    pub person: Option<Person>,
    /// Of a failed one.
    pub cells: Option<Vec<String>>,
    /// Of a failed one.
    pub problems: Option<Vec<Remark>>,
    /// Name of the disposition.
    pub outcome: &'static str,
    /// Whether a seat is newly needed.
    pub needs_seat: bool,
    /// The user it is about, if there is one.
    pub user_id: Option<Uuid>,
}

/// What a row means instead of what it was thought to mean.
#[derive(Debug, Serialize)]
pub struct Change {
    /// Which row.
    pub line: u32,
    /// Name of the disposition.
    pub outcome: &'static str,
    /// Whether a seat is newly needed.
    pub needs_seat: bool,
    /// The winning line of a superseded row.
    pub superseded_by: Option<u32>,
    /// The user it is about now, if there is one.
    pub user_id: Option<Uuid>,
}

/// What became of a row.
#[derive(Debug, Serialize)]
pub struct Done {
    /// Which row.
    pub line: u32,
    /// Name of the disposition.
    pub outcome: &'static str,
    /// The user it was imported to.
    pub user_id: Uuid,
    /// Whether with a new licence.
    pub license_enabled: bool,
}

/// Writes rows that were read.
pub async fn insert(tx: &mut Tx, tenant: Tenant, import: Uuid, rows: &[NewRow]) -> db::Result<u64> {
    let text = Sql {
        postgres:
            "INSERT INTO import_rows (organization_id, import_id, line, person, cells, problems, outcome,
                needs_seat, user_id, license_enabled)
            SELECT $1::uuid, $2::uuid, line, person, cells, problems, outcome, needs_seat, user_id, FALSE
            FROM jsonb_to_recordset($3) AS r(line bigint, person jsonb, cells jsonb, problems jsonb,
                outcome text, needs_seat boolean, user_id uuid)",
        sqlite: "INSERT INTO import_rows (organization_id, import_id, line, person, cells, problems, outcome,
                needs_seat, user_id, license_enabled)
            SELECT $1, $2, value ->> 'line', value ->> 'person', value ->> 'cells', value ->> 'problems',
                value ->> 'outcome', value ->> 'needs_seat', value ->> 'user_id', 0
            FROM jsonb_each($3)",
    };
    tx.query(text).bind(tenant.organization()).bind(import).bind_json(rows).execute().await
}

/// Writes what rows mean instead.
pub async fn change(tx: &mut Tx, tenant: Tenant, import: Uuid, changes: &[Change]) -> db::Result<u64> {
    let text = Sql {
        postgres: "UPDATE import_rows SET outcome = r.outcome, needs_seat = r.needs_seat,
                superseded_by = r.superseded_by, user_id = r.user_id
            FROM jsonb_to_recordset($3) AS r(line bigint, outcome text, needs_seat boolean,
                superseded_by bigint, user_id uuid)
            WHERE organization_id = $1 AND import_id = $2 AND import_rows.line = r.line",
        // Materialized, or the planner walks all rows of the import and looks each of them up in the JSON.
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, $2 AS import_id,
                value ->> 'line' AS line, value ->> 'outcome' AS outcome,
                value ->> 'needs_seat' AS needs_seat, value ->> 'superseded_by' AS superseded_by,
                value ->> 'user_id' AS user_id
                FROM jsonb_each($3))
            UPDATE import_rows SET outcome = r.outcome, needs_seat = r.needs_seat,
                superseded_by = r.superseded_by, user_id = r.user_id
            FROM r WHERE import_rows.organization_id = r.organization_id
                AND import_rows.import_id = r.import_id AND import_rows.line = r.line",
    };
    tx.query(text).bind(tenant.organization()).bind(import).bind_json(changes).execute().await
}

/// Writes what became of rows.
pub async fn done(tx: &mut Tx, tenant: Tenant, import: Uuid, rows: &[Done]) -> db::Result<u64> {
    let text = Sql {
        postgres: "UPDATE import_rows SET outcome = r.outcome, user_id = r.user_id,
                license_enabled = r.license_enabled
            FROM jsonb_to_recordset($3) AS r(line bigint, outcome text, user_id uuid, license_enabled boolean)
            WHERE organization_id = $1 AND import_id = $2 AND import_rows.line = r.line",
        // As above.
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, $2 AS import_id,
                value ->> 'line' AS line, value ->> 'outcome' AS outcome,
                value ->> 'user_id' AS user_id, value ->> 'license_enabled' AS license_enabled
                FROM jsonb_each($3))
            UPDATE import_rows SET outcome = r.outcome, user_id = r.user_id,
                license_enabled = r.license_enabled
            FROM r WHERE import_rows.organization_id = r.organization_id
                AND import_rows.import_id = r.import_id AND import_rows.line = r.line",
    };
    tx.query(text).bind(tenant.organization()).bind(import).bind_json(rows).execute().await
}

/// Forgets all rows of an import.
pub async fn delete(tx: &mut Tx, tenant: Tenant, import: Uuid) -> db::Result<()> {
    tx.query("DELETE FROM import_rows WHERE organization_id = $1 AND import_id = $2")
        .bind(tenant.organization())
        .bind(import)
        .execute()
        .await
        .map(drop)
}
