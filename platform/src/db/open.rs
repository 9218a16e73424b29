//! The ways to open a database: to serve, beside a migration, to look, to copy.

use std::sync::Arc;

use super::{Db, Error, Location, Migrations, Result, postgres, sqlite};

impl Db {
    /// Opens the database, creates it when missing, and brings its tables up to `migrations` (after
    /// those of `once`, `outbox` and `inbox`) under a lock, so that replicas may start at once. On
    /// PostgreSQL it also makes the roles and runs as `roster_app`, whoever the URL's user is.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] while the server cannot be reached; [`Error::Other`] when the user may not
    /// take the roles, the SQLite library is older than 3.51.3 (it can damage a file) or an applied
    /// migration was edited.
    pub async fn open(location: &Location, migrations: &Migrations) -> Result<Self> {
        let engine = match location {
            Location::Sqlite(path) => sqlite::open(path, migrations).await?,
            Location::Postgres { url, connections } => postgres::open(url, *connections, migrations).await?,
        };
        Ok(Self { engine, wakes: Arc::default(), waits: Arc::default() })
    }

    /// Opens a PostgreSQL database that was migrated before, with the right to write and without touching
    /// its tables: what a process does that may not migrate. Its user is a login that is a member of
    /// `roster_app` and has no other rights.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] while the server cannot be reached; [`Error::Unfit`] when row-level security
    /// would not hold for the URL's user (a superuser, BYPASSRLS, an owner of the tables);
    /// [`Error::Behind`] when a step of `migrations` was not taken yet; [`Error::Other`] for SQLite, whose
    /// one process always migrates.
    pub async fn connect(location: &Location, migrations: &Migrations) -> Result<Self> {
        let Location::Postgres { url, connections } = location else {
            return Err(Error::other("a SQLite file is migrated by the process that opens it"));
        };
        let engine = postgres::connect(url, *connections, migrations).await?;
        Ok(Self { engine, wakes: Arc::default(), waits: Arc::default() })
    }

    /// Opens a database that is there, to look at it: it is neither made nor migrated, and nothing can
    /// be written, so that it may be done beside a running server, also an older one.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] or [`Error::Other`] when it cannot be opened.
    pub async fn look_at(location: &Location) -> Result<Self> {
        let engine = match location {
            Location::Sqlite(path) => sqlite::look_at(path).await?,
            Location::Postgres { url, connections } => postgres::look_at(url, *connections).await?,
        };
        Ok(Self { engine, wakes: Arc::default(), waits: Arc::default() })
    }

    /// Opens a SQLite database that is there, to copy it: no writer comes in while its transaction is open, and it
    /// is not migrated, so that it may be done beside a server of another release.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] or [`Error::Other`] when it cannot be opened; [`Error::Other`] for PostgreSQL.
    pub async fn as_it_is(location: &Location) -> Result<Self> {
        let Location::Sqlite(path) = location else {
            return Err(Error::other("a PostgreSQL database is copied with pg_dump"));
        };
        Ok(Self { engine: sqlite::as_it_is(path).await?, wakes: Arc::default(), waits: Arc::default() })
    }
}
