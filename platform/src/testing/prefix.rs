//! The databases of a whole installation, for tests that run the real program.

use sqlx::{ConnectOptions as _, Connection as _, Row as _, postgres::PgConnectOptions};
use uuid::Uuid;

use super::database::Engine;
use super::postgres;

/// A name on the test server; every database whose name begins with it is dropped with this value.
pub struct Prefix(Option<Named>);

struct Named {
    server: PgConnectOptions,
    name: String,
}

impl Engine {
    /// A fresh prefix; on SQLite there is none, because an installation has a folder there.
    #[must_use]
    pub fn prefix(self) -> Prefix {
        Prefix((self == Self::Postgres).then(|| Named::on(postgres::server())))
    }
}

impl Named {
    fn on(server: PgConnectOptions) -> Self {
        Self { server, name: format!("roster_test_{}", Uuid::now_v7().simple()) }
    }
}

impl Prefix {
    /// A fresh prefix on another server than that of all tests: one that a test restarts.
    ///
    /// # Panics
    ///
    /// When `url` is none.
    #[must_use]
    pub fn on(url: &str) -> Self {
        Self(Some(Named::on(url.parse().expect("a URL"))))
    }

    /// The server's URL with the prefix as its path.
    ///
    /// # Panics
    ///
    /// When `ROSTER_TEST_POSTGRES` is not set.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let Named { server, name } = self.0.as_ref()?;
        Some(server.clone().database(name).to_url_lossy().to_string())
    }

    /// The same for a login that may only run, as a process of the second shape has it; it can connect
    /// once the databases are migrated.
    ///
    /// # Panics
    ///
    /// When `ROSTER_TEST_POSTGRES` is not set, or `roster_app` is not there yet.
    pub async fn app_url(&self) -> Option<String> {
        let url = self.url()?;
        postgres::login(&self.0.as_ref()?.server, "roster_test_app", "IN ROLE roster_app").await;
        Some(postgres::url_as(&url, "roster_test_app"))
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        let Some(Named { server, name }) = self.0.take() else { return };
        postgres::on_a_thread(async move {
            let mut connection = postgres::connect(&server).await;
            let text = format!("SELECT datname FROM pg_database WHERE datname LIKE '{name}%'");
            let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(text)).fetch_all(&mut connection).await;
            for row in rows.unwrap_or_default() {
                let database: String = row.get("datname");
                postgres::run(&mut connection, format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
                    .await;
            }
            let _ = connection.close().await;
        });
    }
}
