//! SQLite with nothing around it: rusqlite on one connection, on copies of Roster's own tables.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params, params_from_iter};
use uuid::Uuid;

/// An empty copy of a table, and rows to put there.
pub struct Copy {
    connection: Connection,
    table: &'static str,
    columns: Vec<String>,
}

/// Rows in memory.
pub type Rows = Vec<Vec<Value>>;

impl Copy {
    /// Makes the copy of `table` with its indexes in a file of its own.
    pub fn of(database: &Path, table: &'static str, file: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
             PRAGMA temp_store = MEMORY",
        )?;
        let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut statement = source.prepare(
            "SELECT sql FROM sqlite_master WHERE tbl_name = ?1 AND type IN ('table', 'index')
             AND sql IS NOT NULL ORDER BY type DESC",
        )?;
        let texts = statement.query_map([table], |row| row.get::<_, String>(0))?;
        for text in texts {
            connection.execute_batch(&text?)?;
        }
        let mut columns = source.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let columns = columns.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Self { connection, table, columns })
    }

    /// The newest `rows` rows of the table in `database`.
    pub fn rows(&self, database: &Path, rows: usize) -> anyhow::Result<Rows> {
        let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let text = format!("SELECT * FROM {} ORDER BY id DESC LIMIT {rows}", self.table);
        let mut statement = source.prepare(&text)?;
        let count = statement.column_count();
        let read = statement.query_map([], |row| (0..count).map(|index| row.get(index)).collect())?;
        Ok(read.collect::<Result<_, _>>()?)
    }

    /// Bulk load of the empty table, a prepared statement in one transaction: rows a second.
    pub fn load(&mut self, rows: &Rows) -> anyhow::Result<f64> {
        self.connection.execute_batch(&format!("DELETE FROM {}", self.table))?;
        self.each(rows, "")
    }

    /// Writes all rows over themselves, asking nothing: rows a second.
    pub fn upsert(&mut self, rows: &Rows) -> anyhow::Result<f64> {
        self.each(
            rows,
            "ON CONFLICT (organization_id, id) DO UPDATE SET given_name = excluded.given_name,
                family_name = excluded.family_name, display_name = excluded.display_name,
                title = excluded.title, office_phone = excluded.office_phone,
                sort_name = excluded.sort_name, search_text = excluded.search_text,
                update_time = excluded.update_time, version = version + 1",
        )
    }

    fn each(&mut self, rows: &Rows, conflict: &str) -> anyhow::Result<f64> {
        let marks = vec!["?"; self.columns.len()].join(", ");
        let (table, columns) = (self.table, self.columns.join(", "));
        let text = format!("INSERT INTO {table} ({columns}) VALUES ({marks}) {conflict}");
        let began = Instant::now();
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut statement = tx.prepare(&text)?;
        for row in rows {
            ensure!(statement.execute(params_from_iter(row))? == 1, "a row was not written");
        }
        drop(statement);
        tx.commit()?;
        Ok(rows.len() as f64 / began.elapsed().as_secs_f64())
    }

    /// Rows that are inserted one by one, each committed, on the one writer: a second. `row` is one of
    /// them; id and address are made new.
    pub fn insert_each(&mut self, row: &[Value], time: Duration) -> anyhow::Result<f64> {
        let position = |name: &str| self.columns.iter().position(|column| column == name);
        let (Some(id), Some(email)) = (position("id"), position("email")) else { anyhow::bail!("no keys") };
        let marks = vec!["?"; self.columns.len()].join(", ");
        let text = format!("INSERT INTO {} VALUES ({marks})", self.table);
        let (mut row, mut written, began) = (row.to_vec(), 0_u32, Instant::now());
        let mut statement = self.connection.prepare(&text)?;
        while began.elapsed() < time {
            row[id] = Value::Text(Uuid::now_v7().to_string());
            row[email] = Value::Text(format!("{}@mail.example", Uuid::now_v7()));
            statement.execute(params_from_iter(&row))?;
            written += 1;
        }
        Ok(f64::from(written) / began.elapsed().as_secs_f64())
    }
}

/// Seats of one pool given by `clients`, each on a connection of its own with BEGIN IMMEDIATE: a second.
pub fn four_statements(license: &Path, file: &Path, clients: usize, time: Duration) -> anyhow::Result<f64> {
    let _pools = Copy::of(license, "pools", file)?;
    let seats = Copy::of(license, "seats", file)?;
    seats.connection.execute(
        "INSERT OR REPLACE INTO pools (organization_id, product, purchased, held) VALUES ('o', 'meet', 9000000, 0)",
        [],
    )?;
    let began = Instant::now();
    let work = move |file: std::path::PathBuf| give(&file, began, time);
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let file = file.to_owned();
            std::thread::spawn(move || work(file))
        })
        .collect();
    let mut given = 0;
    for thread in threads {
        given += thread.join().map_err(|_| anyhow::anyhow!("a client died"))??;
    }
    Ok(f64::from(given) / began.elapsed().as_secs_f64())
}

fn give(file: &Path, began: Instant, time: Duration) -> anyhow::Result<u32> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF")?;
    let mut given = 0;
    while began.elapsed() < time {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let raise = "UPDATE pools SET held = held + 1 WHERE held + reserved < purchased";
        ensure!(tx.prepare_cached(raise)?.execute([])? >= 1, "the pool is full");
        tx.prepare_cached(
            "INSERT INTO seats (organization_id, product, user_id, assign_time, assigned_by)
             VALUES ('o', 'meet', ?1, '2026-01-31T08:00:00.000000Z', 'bench')",
        )?
        .execute(params![Uuid::now_v7().to_string()])?;
        tx.commit()?;
        given += 1;
    }
    Ok(given)
}

/// The ids of all users of an installation.
pub fn ids(identity: &Path) -> anyhow::Result<Vec<Uuid>> {
    let source = Connection::open_with_flags(identity, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = source.prepare("SELECT id FROM users ORDER BY id")?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
    texts.map(|text| Ok(text?.parse()?)).collect()
}

/// What a counting statement says of a service's file.
pub fn count(database: &Path, text: &str) -> anyhow::Result<usize> {
    let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(source.query_row(text, [], |row| row.get::<_, u32>(0))? as usize)
}
