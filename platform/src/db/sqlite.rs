//! SQLite: one writer, many readers, one file.

use std::{fs::File, path::Path, sync::Arc};

use sqlx::{
    Connection as _, SqlSafeStr as _, Sqlite, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    Engine, Wakes,
    error::{Error, Result},
    migrate::Migrations,
    shelf::{PATIENCE, Shelf},
    tx::{Connection, Tx},
};

/// Readers of one file. Each is a thread of the driver; idle ones are closed after ten minutes.
const READERS: u32 = 8;

/// 3.7.0 to 3.51.2 can damage a file when a write-ahead log is reset while another connection reads.
const OLDEST: [u32; 3] = [3, 51, 3];

/// Opens or creates the file and brings its tables up to date.
pub(super) async fn open(path: &Path, migrations: &Migrations) -> Result<Engine> {
    let _lock = lock(path).await?;
    let writer = writer(options(path)).await?;
    let mut tx = write(&writer, Arc::default()).await?;
    refuse_old_library(&mut tx).await?;
    migrations.run(&mut tx).await?;
    tx.commit().await?;
    Ok(Engine::Sqlite { writer, readers: readers(options(path)).await? })
}

/// Opens a file that is there with the right to write, and leaves its tables as they are.
pub(super) async fn as_it_is(path: &Path) -> Result<Engine> {
    let options = options(path).create_if_missing(false);
    Ok(Engine::Sqlite { writer: writer(options.clone()).await?, readers: readers(options).await? })
}

async fn writer(options: SqliteConnectOptions) -> Result<Arc<Shelf<Sqlite>>> {
    // A chunk of an import dirties thousands of pages, and is no reason to clean up at each commit.
    let options = options.pragma("cache_size", "-32768").pragma("wal_autocheckpoint", "16000");
    Ok(Shelf::new(pool(1).connect_with(options).await?, 1, true))
}

async fn readers(options: SqliteConnectOptions) -> Result<Arc<Shelf<Sqlite>>> {
    let options = options.pragma("cache_size", "-4096").pragma("query_only", "ON");
    Ok(Shelf::new(pool(READERS).connect_with(options).await?, READERS, true))
}

/// Opens a file that is there, without the right to write.
pub(super) async fn look_at(path: &Path) -> Result<Engine> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(PATIENCE);
    let readers = Shelf::new(pool(READERS).connect_with(options).await?, READERS, true);
    Ok(Engine::Sqlite { writer: readers.clone(), readers })
}

/// A snapshot that never waits for the writer.
pub(super) async fn read(readers: &Arc<Shelf<Sqlite>>) -> Result<Tx> {
    let mut lent = readers.lend(None).await?;
    lent.begin("BEGIN".into_sql_str()).await?;
    Ok(Tx::reading(Connection::Sqlite(lent)))
}

/// A snapshot for each statement.
pub(super) async fn look(readers: &Arc<Shelf<Sqlite>>) -> Result<Tx> {
    Ok(Tx::reading(Connection::Sqlite(readers.lend(None).await?)))
}

/// The one writer. IMMEDIATE, because a transaction that reads first and writes later would otherwise
/// fail whenever somebody else wrote in between.
pub(super) async fn write(writer: &Arc<Shelf<Sqlite>>, wakes: Arc<Wakes>) -> Result<Tx> {
    let mut lent = writer.lend(None).await?;
    lent.begin("BEGIN IMMEDIATE".into_sql_str()).await?;
    Ok(Tx::writing(Connection::Sqlite(lent), wakes))
}

/// Writes a consistent copy to `path`, which must not exist. On a connection of its own, because the
/// readers are not allowed to write anywhere.
#[expect(clippy::disallowed_methods, reason = "VACUUM cannot run in a transaction")]
pub(super) async fn copy(readers: &Shelf<Sqlite>, path: &Path) -> Result<()> {
    let path = path.to_str().ok_or_else(|| Error::other("the path of the copy is not UTF-8"))?;
    let options = readers.pool().connect_options().as_ref().clone().pragma("query_only", "OFF");
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("VACUUM INTO $1").bind(path).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("temp_store", "MEMORY")
        .pragma("journal_size_limit", "67108864")
        .row_buffer_size(1024)
}

/// A connection is a thread of this process: it needs no test before it is used.
fn pool(connections: u32) -> SqlitePoolOptions {
    let options = SqlitePoolOptions::new().max_connections(connections).min_connections(1);
    options.acquire_timeout(PATIENCE).test_before_acquire(false)
}

/// Two processes that migrate one file at once would both try to create a table; the driver does not
/// prevent it. Released when the file is dropped, also by a crash.
async fn lock(path: &Path) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let folder = path.parent().map(Path::to_owned);
    let locked = tokio::task::spawn_blocking(move || {
        folder.map_or(Ok(()), std::fs::create_dir_all)?;
        let file = File::create(name)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    });
    locked.await.map_err(Error::other)?.map_err(Error::other)
}

async fn refuse_old_library(tx: &mut Tx) -> Result<()> {
    let version: String = tx.query("SELECT sqlite_version() AS version").value("version").await?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts.as_slice() < OLDEST.as_slice() {
        return Err(Error::other(format!("SQLite {version} is older than 3.51.3 and can damage files")));
    }
    Ok(())
}
