//! PostgreSQL: a pool of connections to one database.

use std::{str::FromStr as _, sync::Arc, time::Duration};

use sqlx::{
    Connection as _, PgPool, Postgres, SqlSafeStr as _,
    migrate::MigrateDatabase as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{
    Engine, Everyone, Scope, Wakes,
    error::Result,
    migrate::Migrations,
    roles,
    shelf::{Lent, PATIENCE, Shelf},
    tx::{Connection, Tx},
};

/// What the server gives up by itself, so that one stuck transaction cannot stop the others for ever. A
/// process that froze in the middle of one keeps its locks little longer than two calls wait for them, one
/// behind the other: those are told to come back before the lock is taken away.
/// Nothing here is worth compiling: the estimates that policies add to a plan would make it try. And a plan
/// is kept while its connection lives: one that was made for an empty table, and walks it, would walk the
/// hundred thousand rows of the first import as well. Nor is a page of a list to be sorted out of all rows of
/// an organization that counts for a small one: an index has them in order.
const LIMITS: [(&str, &str); 6] = [
    ("lock_timeout", "5s"),
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "12s"),
    ("jit", "off"),
    ("enable_seqscan", "off"),
    ("enable_sort", "off"),
];

/// Begins a transaction that may write; every other statement may not.
const WRITE: &str = "BEGIN READ WRITE";

/// The advisory lock under which tables are brought up to date: any number that nothing else uses.
const MIGRATION_LOCK: i64 = 0x726f_7374_6572;

/// Creates the database and the roles when missing, brings the tables up to date as their owner, and
/// opens connections that run as `roster_app`, whoever the user of `url` is.
pub(super) async fn open(url: &str, connections: u32, migrations: &Migrations) -> Result<Engine> {
    migrate(url, migrations).await?;
    let app = pool(connections).after_connect(|connection, _| Box::pin(roles::run(connection)));
    let pool = app.connect_with(reading(url)?).await?;
    let shelf = Shelf::new(pool, connections, false);
    roles::refuse_unbound(&shelf).await?;
    Ok(Engine::Postgres { shelf, write: WRITE })
}

/// Creates the database and the roles when missing and brings the tables up to date, under a lock.
pub(super) async fn migrate(url: &str, migrations: &Migrations) -> Result<()> {
    create_when_missing(url).await?;
    let pool = pool(1).connect_with(options(url)?).await?;
    let migrated = migrate_in(pool.clone(), migrations).await;
    pool.close().await;
    migrated
}

async fn migrate_in(pool: PgPool, migrations: &Migrations) -> Result<()> {
    roles::prepare(&pool).await?;
    let scope = Everyone("a migration changes the rows of every organization").into();
    let shelf = Shelf::new(pool, 1, false);
    let mut tx = write(&shelf, WRITE, &scope, Arc::default()).await?;
    tx.query("SET LOCAL statement_timeout = 0").execute().await?;
    tx.query("SET LOCAL lock_timeout = 0").execute().await?;
    tx.query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute().await?;
    roles::own(&mut tx).await?;
    if migrations.run(&mut tx).await? {
        roles::grant(&mut tx).await?;
    }
    tx.commit().await?;
    shelf.close().await;
    Ok(())
}

/// Connects to a database whose tables somebody else brought up to date, as the user of `url`.
pub(super) async fn connect(url: &str, connections: u32, migrations: &Migrations) -> Result<Engine> {
    let pool = pool(connections).connect_with(reading(url)?).await?;
    let shelf = Shelf::new(pool, connections, false);
    roles::refuse_unbound(&shelf).await?;
    migrations.verify(&mut read(&shelf, &Scope::default()).await?).await?;
    Ok(Engine::Postgres { shelf, write: WRITE })
}

/// Connects to a database that is there; the server refuses whatever would write.
pub(super) async fn look_at(url: &str, connections: u32) -> Result<Engine> {
    let shelf = Shelf::new(pool(connections).connect_with(reading(url)?).await?, connections, false);
    Ok(Engine::Postgres { shelf, write: "BEGIN" })
}

/// Nothing is written but by a transaction that says so.
fn reading(url: &str) -> Result<PgConnectOptions> {
    Ok(options(url)?.options([("default_transaction_read_only", "on")]))
}

fn options(url: &str) -> Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(url)?.application_name("roster").options(LIMITS))
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
pub(super) async fn read(shelf: &Arc<Shelf<Postgres>>, scope: &Scope) -> Result<Tx> {
    let begun = begin(shelf, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", scope).await?;
    Ok(Tx::reading(Connection::Postgres(begun)))
}

/// A snapshot for each statement, without a transaction around it: one round trip instead of three. The
/// scope is the session's meanwhile. Whoever uses the connection next says what it sees, unless it is the same.
pub(super) async fn look(shelf: &Arc<Shelf<Postgres>>, scope: &Scope) -> Result<Tx> {
    let mut lent = shelf.lend(Some(&scope.settings("SET"))).await?;
    lent.see(scope).await?;
    Ok(Tx::reading(Connection::Postgres(lent)))
}

pub(super) async fn write(
    shelf: &Arc<Shelf<Postgres>>,
    text: &'static str,
    scope: &Scope,
    wakes: Arc<Wakes>,
) -> Result<Tx> {
    Ok(Tx::writing(Connection::Postgres(begin(shelf, text, scope).await?), wakes))
}

/// Begin and scope go in one round trip, as one text of several statements.
async fn begin(shelf: &Arc<Shelf<Postgres>>, begin: &'static str, scope: &Scope) -> Result<Lent<Postgres>> {
    let mut lent = shelf.lend(Some(&scope.settings("SET"))).await?;
    let text = match lent.sees(scope) {
        true => begin.into_sql_str(),
        false => sqlx::AssertSqlSafe(format!("{begin}; {}", scope.settings("SET LOCAL"))).into_sql_str(),
    };
    lent.begin(text).await?;
    Ok(lent)
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
