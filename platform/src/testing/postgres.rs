//! A PostgreSQL database for one test: a copy of a template that is migrated once per set of steps.

use sqlx::{ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

use crate::db::{Db, Location, Migrations};

/// Connections of one test. The server is shared by every test that runs at the same time.
const CONNECTIONS: u32 = 8;

/// Under this lock a template is made, so that tests that start at once make it once.
const TEMPLATE_LOCK: i64 = 0x7465_6d70_6c61;

/// Of the logins that tests make, on a server that lives for one run.
const PASSWORD: &str = "test";

/// A database that is dropped with this value.
pub(super) struct Temporary {
    server: PgConnectOptions,
    name: String,
}

impl Temporary {
    pub(super) async fn create(migrations: &Migrations) -> Self {
        let server = server();
        let template = format!("roster_template_{}", &migrations.checksum()[..16]);
        let name = format!("roster_test_{}", Uuid::now_v7().simple());
        let mut connection = connect(&server).await;
        run(&mut connection, format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
        if !exists(&mut connection, &template).await {
            make_template(&server, &mut connection, &template, migrations).await;
        }
        run(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        connection.close().await.expect("the connection closes");
        Self { server, name }
    }

    pub(super) fn location(&self) -> Location {
        location(&self.server, &self.name)
    }
}

/// Makes a login for the test server when it is missing: `login("roster_test_app", "IN ROLE roster_app")`.
/// Roles are the server's, so tests share one; two that make it at once both find it.
pub(super) async fn login(server: &PgConnectOptions, name: &str, attributes: &str) {
    let mut connection = connect(server).await;
    let create = format!(
        "DO $login$ BEGIN
            CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {attributes};
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $login$"
    );
    run(&mut connection, create).await;
    connection.close().await.expect("the connection closes");
}

/// The test server's URL for another user.
pub(super) fn url_as(url: &str, name: &str) -> String {
    let options: PgConnectOptions = url.parse().expect("a URL");
    options.username(name).password(PASSWORD).to_url_lossy().to_string()
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        on_a_thread(async move {
            let mut connection = connect(&server).await;
            run(&mut connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        });
    }
}

/// Cleans up on a thread of its own, because the test's runtime may be the one that is ending.
pub(super) fn on_a_thread(work: impl Future<Output = ()> + Send + 'static) {
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work);
    });
    if done.join().is_err() {
        tracing::warn!("a test's database was left behind");
    }
}

/// Migrated under a passing name and renamed, so that a template is either whole or absent.
async fn make_template(
    server: &PgConnectOptions,
    connection: &mut PgConnection,
    template: &str,
    migrations: &Migrations,
) {
    let draft = format!("{template}_draft");
    run(connection, format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
    let db = Db::open(&location(server, &draft), migrations).await.expect("the template migrates");
    db.close().await;
    run(connection, format!("ALTER DATABASE {draft} RENAME TO {template}")).await;
}

#[expect(clippy::disallowed_methods, reason = "a test's server is no setting of the product")]
pub(super) fn server() -> PgConnectOptions {
    let url = std::env::var("ROSTER_TEST_POSTGRES").expect(
        "ROSTER_TEST_POSTGRES names no throwaway server, such as postgres://postgres@127.0.0.1/postgres",
    );
    url.parse().expect("ROSTER_TEST_POSTGRES is a URL")
}

fn location(server: &PgConnectOptions, name: &str) -> Location {
    let url = server.clone().database(name).to_url_lossy().to_string();
    Location::Postgres { url, connections: CONNECTIONS }
}

pub(super) async fn connect(server: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(server).await.expect("the server of ROSTER_TEST_POSTGRES answers")
}

async fn exists(connection: &mut PgConnection, name: &str) -> bool {
    let text = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    let found = sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(connection).await;
    found.expect("the server lists its databases").rows_affected() > 0
}

pub(super) async fn run(connection: &mut PgConnection, text: String) {
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(connection).await;
    done.expect("the server of ROSTER_TEST_POSTGRES obeys");
}
