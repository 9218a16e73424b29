//! A database in which each table has a row of each of two organizations, written from the catalog: every
//! id and text of a row is made of its organization's id, so that foreign keys hold and rows are told apart.

use platform::caller::{Caller, Principal};
use platform::db::{Assembled, Db, Everyone, Migrations};
use platform::tenant::{self, Tenant};
use platform::testing::{Engine, TestDb};
use uuid::Uuid;

use crate::coverage;

pub const BEHIND: Everyone = Everyone("a test looks behind the walls");

/// Values that a check of the table prescribes.
const PRESCRIBED: [(&str, &str, &str); 3] = [
    ("purchases", "state", "MAPPED"),
    ("seat_events", "kind", "ASSIGNED"),
    ("seat_events", "reason", "TOGGLE"),
];

const COLUMNS: &str = "SELECT CAST(column_name AS TEXT) AS name, CAST(udt_name AS TEXT) AS kind
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 AND identity_generation IS NULL ORDER BY ordinal_position";

/// A database with rows of both.
pub struct TwoTenants {
    pub db: TestDb,
    pub ours: Uuid,
    pub theirs: Uuid,
    /// The tables with a wall, and the column that names the tenant, if it is the table's own.
    pub tables: Vec<(String, Option<&'static str>)>,
}

impl TwoTenants {
    pub async fn new(migrations: &Migrations) -> Self {
        let db = Engine::Postgres.database(migrations).await;
        let (ours, theirs) = (Uuid::from_u128(0xa11ce << 80), Uuid::from_u128(0xb0b << 80));
        let catalog = coverage::tables(&db).await;
        let all: Vec<&str> = catalog.iter().map(|table| table.name.as_str()).collect();
        for (organization, number) in [(ours, 1), (theirs, 2)] {
            fill(&db, &all, organization, number).await;
        }
        let tenant_of = |table: &coverage::Table| match table.name.as_str() {
            "organizations" => Some("id"),
            _ => table.has_tenant.then_some("organization_id"),
        };
        let walled = catalog.iter().filter(|table| table.has_wall);
        let tables = walled.map(|table| (table.name.clone(), tenant_of(table))).collect();
        Self { db, ours, theirs, tables }
    }

    /// The scope of the first organization.
    pub fn us(&self) -> Tenant {
        let service = Caller::at_work(Principal::Service { name: "test".to_owned() });
        tenant::of_delivery(&service, self.ours).unwrap()
    }
}

/// In rounds, because a row can be written only after those that it points at.
async fn fill(db: &Db, tables: &[&str], organization: Uuid, number: i64) {
    let mut left: Vec<&str> =
        tables.iter().copied().filter(|table| !["schema_migrations", "outbox"].contains(table)).collect();
    while !left.is_empty() {
        let mut waiting = Vec::new();
        for table in &left {
            let text = row(db, table, organization, number).await;
            let mut tx = db.of(BEHIND).write().await.unwrap();
            match tx.query(Assembled::both(text)).execute().await {
                Ok(_) => tx.commit().await.unwrap(),
                Err(error) => waiting.push((*table, error)),
            }
        }
        assert!(waiting.len() < left.len(), "nothing can be written any more: {waiting:?}");
        left = waiting.into_iter().map(|(table, _)| table).collect();
    }
}

/// The statement that writes an organization's row into a table.
pub async fn row(db: &Db, table: &str, organization: Uuid, number: i64) -> String {
    let mut tx = db.read().await.unwrap();
    let columns: Vec<(String, String)> =
        tx.query(COLUMNS).bind(table).all(|row| Ok((row.get("name")?, row.get("kind")?))).await.unwrap();
    let values = columns.iter().map(|(name, kind)| {
        let prescribed = PRESCRIBED.iter().find(|row| (row.0, row.1) == (table, name.as_str()));
        prescribed.map_or_else(|| literal(kind, organization, number), |row| format!("'{}'", row.2))
    });
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.collect::<Vec<_>>().join(", "))
}

/// A value of this type that belongs to the organization.
pub fn literal(kind: &str, organization: Uuid, number: i64) -> String {
    match kind {
        "uuid" => format!("'{organization}'::uuid"),
        "text" => format!("'{organization}'::text"),
        "bytea" => format!("'{organization}'::bytea"),
        "int8" | "bigint" => format!("{number}::bigint"),
        "int4" | "integer" => number.to_string(),
        "bool" | "boolean" => "TRUE".to_owned(),
        "jsonb" => "'[]'::jsonb".to_owned(),
        "timestamptz" | "timestamp with time zone" => "'2026-01-31T08:00:00Z'::timestamptz".to_owned(),
        set if set.ends_with("[]") => {
            let one = literal(set.trim_end_matches("[]"), organization, number);
            format!("ARRAY[{one}]")
        }
        other => panic!("no value of type {other}"),
    }
}
