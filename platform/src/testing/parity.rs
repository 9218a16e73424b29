//! Two dialects, one set of tables.

use super::Engine;
use crate::db::{Db, Migrations, Sql};

/// One line for each column, `users.email TEXT NOT NULL`, in the types of SQLite. A type that the two
/// databases do not share (`INTEGER`, `VARCHAR`, an array) keeps its PostgreSQL name and so differs.
const COLUMNS: Sql = Sql {
    postgres: "SELECT c.table_name || '.' || c.column_name || ' '
            || CASE c.data_type
                WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB'
                WHEN 'text' THEN 'TEXT' WHEN 'uuid' THEN 'TEXT' WHEN 'jsonb' THEN 'TEXT'
                WHEN 'timestamp with time zone' THEN 'TEXT' ELSE c.data_type END
            || CASE c.is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END AS line
        FROM information_schema.columns AS c
        JOIN information_schema.tables AS t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'",
    sqlite: "SELECT t.name || '.' || c.name || ' ' || c.type
            || CASE c.\"notnull\" WHEN 1 THEN ' NOT NULL' ELSE '' END AS line
        FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
};

/// The indexes that a migration names; those that a key brings along are named by each database.
const INDEXES: Sql = Sql {
    postgres: "SELECT 'index ' || indexname AS line FROM pg_indexes WHERE schemaname = 'public'
        AND indexname NOT IN (SELECT conname FROM pg_constraint)",
    sqlite: "SELECT 'index ' || name AS line FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
};

/// Compares what the two dialects of `migrations` make: tables, columns, types, nullability and named
/// indexes.
///
/// # Panics
///
/// When they differ.
pub async fn assert_parity(migrations: &Migrations) {
    let sqlite = lines(&*Engine::Sqlite.database(migrations).await).await;
    let postgres = lines(&*Engine::Postgres.database(migrations).await).await;
    let lacking = |these: &[String], those: &[String]| -> Vec<String> {
        those.iter().filter(|line| !these.contains(line)).cloned().collect()
    };
    let (only_postgres, only_sqlite) = (lacking(&sqlite, &postgres), lacking(&postgres, &sqlite));
    assert!(
        only_postgres.is_empty() && only_sqlite.is_empty(),
        "only on PostgreSQL: {only_postgres:#?}\nonly on SQLite: {only_sqlite:#?}"
    );
}

async fn lines(db: &Db) -> Vec<String> {
    let mut tx = db.read().await.expect("a transaction");
    let mut found = tx.query(COLUMNS).all(|row| row.get("line")).await.expect("the columns");
    found.extend(tx.query(INDEXES).all(|row| row.get::<String>("line")).await.expect("the indexes"));
    found
}
