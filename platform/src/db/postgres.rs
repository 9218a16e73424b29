//! PostgreSQL: a pool of connections to one database.

use std::{str::FromStr as _, sync::Arc, time::Duration};

use sqlx::{
    Connection as _, PgPool, Postgres, Transaction,
    migrate::MigrateDatabase as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{
    Engine, Wakes,
    error::{Error, Result},
    migrate::Migrations,
    tx::{self, Tx},
};

/// How long a caller waits for a connection before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the server gives up by itself, so that one stuck transaction cannot stop the others for ever.
const LIMITS: [(&str, &str); 3] =
    [("lock_timeout", "5s"), ("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "60s")];

/// The advisory lock under which tables are brought up to date: any number that nothing else uses.
const MIGRATION_LOCK: i64 = 0x726f_7374_6572;

/// Connects, creates the database when missing, and brings its tables up to date.
pub(super) async fn open(url: &str, connections: u32, migrations: &Migrations) -> Result<Engine> {
    create_when_missing(url).await?;
    let options = PgConnectOptions::from_str(url)?.application_name("roster").options(LIMITS);
    let pool = pool(connections).connect_with(options).await?;
    let mut tx = write(&pool, Arc::default()).await?;
    tx.query("SET LOCAL statement_timeout = 0").execute().await?;
    tx.query("SET LOCAL lock_timeout = 0").execute().await?;
    tx.query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute().await?;
    migrations.run(&mut tx).await?;
    tx.commit().await?;
    Ok(Engine::Postgres(pool))
}

/// Connects to a database whose tables somebody else brought up to date.
pub(super) async fn connect(url: &str, connections: u32, migrations: &Migrations) -> Result<Engine> {
    let options = PgConnectOptions::from_str(url)?.application_name("roster").options(LIMITS);
    let pool = pool(connections).connect_with(options).await?;
    migrations.verify(&mut read(&pool).await?).await?;
    Ok(Engine::Postgres(pool))
}

/// Connects to a database that is there; the server refuses whatever would write.
pub(super) async fn look_at(url: &str, connections: u32) -> Result<Engine> {
    let options = PgConnectOptions::from_str(url)?.application_name("roster").options(LIMITS);
    let options = options.options([("default_transaction_read_only", "on")]);
    Ok(Engine::Postgres(pool(connections).connect_with(options).await?))
}

/// A connection that rested for more than a second is asked for a sign of life first, because the server
/// may have gone meanwhile; asking each time would cost every call a round trip.
fn pool(connections: u32) -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
    options.test_before_acquire(false).before_acquire(|connection, rest| {
        Box::pin(async move {
            if rest.idle_for > Duration::from_secs(1) {
                connection.ping().await?;
            }
            Ok(true)
        })
    })
}

/// One snapshot for all its statements, as on SQLite. It is never refused for a conflict, because it
/// writes nothing.
pub(super) async fn read(pool: &PgPool) -> Result<Tx> {
    let begun = begin(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    Ok(Tx::reading(tx::Connection::Postgres(begun)))
}

pub(super) async fn write(pool: &PgPool, wakes: Arc<Wakes>) -> Result<Tx> {
    Ok(Tx::writing(tx::Connection::Postgres(begin(pool, "BEGIN").await?), wakes))
}

/// On a task of its own, so that the answer is heard though the caller went away (a deadline): else the
/// driver puts the connection back with a transaction that it does not know of, and whoever gets it
/// next writes into a read-only one.
#[expect(clippy::disallowed_methods, reason = "it ends by itself within the patience for a connection")]
async fn begin(pool: &PgPool, text: &'static str) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(text).await });
    Ok(begun.await.map_err(Error::other)??)
}

/// Two replicas that start at once may both find it missing: whoever comes second finds it there.
async fn create_when_missing(url: &str) -> Result<()> {
    if Postgres::database_exists(url).await? {
        return Ok(());
    }
    let created = Postgres::create_database(url).await;
    if created.is_err() && Postgres::database_exists(url).await? {
        return Ok(());
    }
    Ok(created?)
}
