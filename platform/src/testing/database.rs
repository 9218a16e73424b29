//! A database of either kind for one test.

use std::{any::Any, ops::Deref};

use super::postgres;
use crate::db::{Db, Location, Migrations};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of its own on the server that the environment names as `ROSTER_TEST_POSTGRES`.
    Postgres,
}

/// A database that is removed when this is dropped: keep it until the end of the test.
pub struct TestDb {
    db: Db,
    location: Location,
    _remains: Remains,
}

/// What is removed with it: a folder or a database.
type Remains = Box<dyn Any + Send + Sync>;

impl Engine {
    /// An empty database with the tables of `migrations`.
    ///
    /// # Panics
    ///
    /// When it cannot be made; on PostgreSQL also when `ROSTER_TEST_POSTGRES` is not set.
    pub async fn database(self, migrations: &Migrations) -> TestDb {
        let (location, remains): (Location, Remains) = match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                (Location::Sqlite(folder.path().join("test.db")), Box::new(folder))
            }
            Self::Postgres => {
                let temporary = postgres::Temporary::create(migrations).await;
                (temporary.location(), Box::new(temporary))
            }
        };
        let db = Db::open(&location, migrations).await.expect("the test's database opens");
        TestDb { db, location, _remains: remains }
    }
}

impl TestDb {
    /// Where it is, to open it a second time as another replica would.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Where it is for a login of its own on PostgreSQL, which is made when missing:
    /// `as_login("roster_test_app", "IN ROLE roster_app")`.
    ///
    /// # Panics
    ///
    /// On SQLite, and when the login cannot be made.
    pub async fn as_login(&self, name: &str, attributes: &str) -> Location {
        let Location::Postgres { url, connections } = &self.location else { panic!("SQLite has no logins") };
        postgres::login(&postgres::server(), name, attributes).await;
        Location::Postgres { url: postgres::url_as(url, name), connections: *connections }
    }
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Makes an async function that takes an [`Engine`] into two tests, one for each database.
#[doc(hidden)]
#[macro_export]
macro_rules! __on_both {
    ($($(#[$meta:meta])* async fn $name:ident($engine:ident: $type:ty) $body:block)*) => {$(
        $(#[$meta])*
        async fn $name($engine: $type) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                Box::pin(super::$name($crate::testing::Engine::Sqlite)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                Box::pin(super::$name($crate::testing::Engine::Postgres)).await;
            }
        }
    )*};
}
