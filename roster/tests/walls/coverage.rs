//! Every table has the wall, or a reason why not: asked of the catalog, so that a new table is not forgotten.

use platform::db::{Db, Migration, Migrations};
use platform::testing::Engine;

use crate::SERVICES;
use crate::without_a_tenant::{EVERYWHERE, OF_A_SERVICE, lists};

const TABLES: &str = "SELECT CAST(c.relname AS TEXT) AS name,
        c.relrowsecurity AND c.relforcerowsecurity
            AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
                AND p.polcmd = '*' AND p.polroles = '{0}') AS has_wall,
        EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id') AS has_tenant
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1";

pub struct Table {
    pub name: String,
    pub has_wall: bool,
    pub has_tenant: bool,
}

pub async fn tables(db: &Db) -> Vec<Table> {
    let mut tx = db.read().await.unwrap();
    let read = |row: &platform::db::Row| {
        let (has_wall, has_tenant) = (row.get("has_wall")?, row.get("has_tenant")?);
        Ok(Table { name: row.get("name")?, has_wall, has_tenant })
    };
    tx.query(TABLES).all(read).await.unwrap()
}

async fn offences(service: &str, migrations: &Migrations) -> Vec<String> {
    let db = Engine::Postgres.database(migrations).await;
    let tables = tables(&db).await;
    let mut offences = Vec::new();
    for Table { name, has_wall, has_tenant } in &tables {
        let listed = lists(service, name);
        if *has_wall == listed {
            offences
                .push(format!("{service}: {name} has row-level security or a reason why not, and not both"));
        }
        if *has_tenant && listed {
            offences.push(format!("{service}: {name} has an organization_id and so a tenant"));
        }
    }
    let expected = EVERYWHERE.iter().map(|(name, _)| *name);
    let expected = expected.chain(OF_A_SERVICE.iter().filter(|row| row.0 == service).map(|row| row.1));
    let gone = expected.filter(|name| tables.iter().all(|table| table.name != *name));
    offences.extend(gone.map(|name| format!("{service}: {name} is listed and is no table")));
    offences
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_has_the_wall_or_a_reason() {
    for (service, migrations) in SERVICES {
        assert_eq!(offences(service, migrations).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_table_without_either_is_found() {
    const FORGOTTEN: Migrations = Migrations {
        steps: &[Migration {
            name: "0001_forgotten",
            postgres: "CREATE TABLE forgotten (organization_id UUID NOT NULL); CREATE TABLE plain (id UUID);
                CREATE TABLE unforced (organization_id UUID NOT NULL);
                ALTER TABLE unforced ENABLE ROW LEVEL SECURITY;
                CREATE POLICY tenant ON unforced USING (TRUE);
                CREATE TABLE good (organization_id UUID NOT NULL); CALL confine('good');",
            sqlite: "",
        }],
    };
    let found = offences("import", &FORGOTTEN).await;
    let named = |table: &str| found.iter().any(|offence| offence.contains(&format!(": {table} ")));
    assert!(named("forgotten") && named("plain") && named("unforced") && !named("good"), "{found:?}");
}
