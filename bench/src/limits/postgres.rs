//! PostgreSQL with nothing around it, on copies of Roster's own tables with the same keys and indexes.
#![expect(
    clippy::disallowed_methods,
    reason = "the limit is the driver and the server, without platform::db"
)]

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::TryStreamExt;
use sqlx::postgres::{PgConnection, PgPoolCopyExt, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgPool, Row};
use uuid::Uuid;

use crate::harness::installation;
use crate::harness::load::{Until, closed};

/// Users of one organization: where they are kept and a copy of the table, empty.
pub struct Users {
    pub pool: PgPool,
    columns: String,
}

impl Users {
    /// Makes the copy in the database at `url`.
    pub async fn copy(url: &str, connections: u32) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(connections).connect(url).await?;
        let made = "DROP TABLE IF EXISTS users_limit; CREATE TABLE users_limit (LIKE users INCLUDING ALL)";
        pool.execute(made).await?;
        let columns: String = sqlx::query_scalar(
            "SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = 'users' AND is_generated = 'NEVER'",
        )
        .fetch_one(&pool)
        .await?;
        Ok(Self { pool, columns })
    }

    /// The newest `rows` users, as COPY writes them.
    pub async fn rows(&self, rows: usize) -> anyhow::Result<Vec<u8>> {
        let columns = &self.columns;
        let text = format!(
            "COPY (SELECT {columns} FROM users ORDER BY id DESC LIMIT {rows}) TO STDOUT (FORMAT binary)"
        );
        let mut connection = self.pool.acquire().await?;
        let chunks = connection.copy_out_raw(&text).await?;
        Ok(chunks
            .try_fold(Vec::new(), |mut all, chunk| async move {
                all.extend_from_slice(&chunk);
                Ok(all)
            })
            .await?)
    }

    /// Bulk load of the empty table: rows a second.
    pub async fn load(&self, data: &[u8], rows: usize) -> anyhow::Result<f64> {
        self.pool.execute("TRUNCATE users_limit").await?;
        let text = format!("COPY users_limit ({}) FROM STDIN (FORMAT binary)", self.columns);
        let began = Instant::now();
        ensure!(self.take(&text, data).await? == rows as u64, "not all rows were taken");
        Ok(rows as f64 / began.elapsed().as_secs_f64())
    }

    /// Writes all rows over themselves, asking nothing: rows a second.
    pub async fn upsert(&self, data: &[u8], rows: usize) -> anyhow::Result<f64> {
        let columns = &self.columns;
        self.pool.execute("DROP TABLE IF EXISTS staging; CREATE UNLOGGED TABLE staging (LIKE users)").await?;
        let began = Instant::now();
        self.take(&format!("COPY staging ({columns}) FROM STDIN (FORMAT binary)"), data).await?;
        let text = format!(
            "INSERT INTO users_limit ({columns}) SELECT {columns} FROM staging
             ON CONFLICT (organization_id, id) DO UPDATE SET given_name = excluded.given_name,
                family_name = excluded.family_name, display_name = excluded.display_name,
                title = excluded.title, office_phone = excluded.office_phone,
                sort_name = excluded.sort_name, search_text = excluded.search_text,
                update_time = excluded.update_time, version = users_limit.version + 1"
        );
        let written = sqlx::query(AssertSqlSafe(text)).execute(&self.pool).await?.rows_affected();
        ensure!(written == rows as u64, "{written} of {rows} rows were written");
        Ok(rows as f64 / began.elapsed().as_secs_f64())
    }

    async fn take(&self, text: &str, data: &[u8]) -> anyhow::Result<u64> {
        let mut copy = self.pool.copy_in_raw(text).await?;
        for part in data.chunks(1 << 20) {
            copy.send(part).await?;
        }
        Ok(copy.finish().await?)
    }

    /// Users that are inserted one by one, each committed, by `clients`: a second.
    pub async fn insert_each(&self, clients: usize, until: Until) -> anyhow::Result<f64> {
        self.pool.execute("TRUNCATE users_limit").await?;
        let clients = vec![self.pool.clone(); clients];
        let organization = Uuid::now_v7();
        let measured = closed(clients, until, move |pool, number| async move {
            let email = format!("somebody.{number}@mail.example");
            let written = sqlx::query(INSERT)
                .bind(organization)
                .bind(Uuid::now_v7())
                .bind(email)
                .execute(&pool)
                .await?
                .rows_affected();
            ensure!(written == 1, "no row was written");
            Ok(pool)
        });
        Ok(measured.await?.rate())
    }

    /// Where pages may begin: sort key and id of users by chance among the `first`.
    pub async fn places(&self, first: i64, count: i64) -> anyhow::Result<Vec<(String, Uuid)>> {
        let text =
            "SELECT sort_name, id FROM (SELECT sort_name, id FROM users ORDER BY sort_name, id LIMIT $1)
            AS first ORDER BY random() LIMIT $2";
        let rows = sqlx::query(text).bind(first).bind(count).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// The ids of all users.
    pub async fn ids(&self) -> anyhow::Result<Vec<Uuid>> {
        Ok(sqlx::query_scalar("SELECT id FROM users ORDER BY id").fetch_all(&self.pool).await?)
    }

    /// The page of 50 behind a place.
    pub async fn page(pool: &PgPool, organization: Uuid, place: &(String, Uuid)) -> anyhow::Result<()> {
        let rows = sqlx::query(PAGE).bind(organization).bind(&place.0).bind(place.1).fetch_all(pool).await?;
        let last = rows.last().map(|row| row.try_get::<String, _>("sort_name")).transpose()?;
        ensure!(last.is_none_or(|last| last >= place.0), "the page is not behind its place");
        Ok(())
    }
}

const INSERT: &str = "INSERT INTO users_limit (organization_id, id, email, given_name, family_name,
        display_name, title, office_phone, mobile_phone, fax, language_code, role, kind, active, portal_access,
        invitation_state, sort_name, search_text, create_time, update_time)
    VALUES ($1, $2, $3, 'Some', 'Body', 'Some Body', '', '', '', '', 'en', 'MEMBER', 'LOGIN', TRUE, TRUE,
        'NOT_SENT', 'body, some', $3, now(), now())";

const PAGE: &str = "SELECT * FROM users WHERE organization_id = $1 AND (sort_name, id) > ($2, $3)
    ORDER BY sort_name, id LIMIT 50";

/// Makes a database for somebody else and answers its URL.
pub async fn empty_database(server: &str) -> anyhow::Result<String> {
    let name = format!("bench{}peer", std::process::id());
    let mut connection = PgConnection::connect(server).await?;
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
    Ok(format!("{}/{name}", installation::server(server)))
}

/// Seats of one pool given by `clients`, each in a transaction of four statements: a second.
pub async fn four_statements(url: &str, clients: usize, time: Duration) -> anyhow::Result<f64> {
    let connections = u32::try_from(clients)?;
    let pool = PgPoolOptions::new().max_connections(connections).connect(url).await?;
    pool.execute(
        "DROP TABLE IF EXISTS seats_limit, pools_limit;
         CREATE TABLE pools_limit (LIKE pools INCLUDING ALL);
         CREATE TABLE seats_limit (LIKE seats INCLUDING ALL);
         INSERT INTO pools_limit SELECT * FROM pools",
    )
    .await?;
    let measured = closed(vec![pool.clone(); clients], Until::Time(time), |pool, _| async move {
        let mut connection = pool.acquire().await?;
        let mut tx = connection.begin().await?;
        let written = give(&mut tx).await?;
        ensure!(written == 1, "no seat was given");
        tx.commit().await?;
        drop(connection);
        Ok(pool)
    });
    let rate = measured.await?.rate();
    pool.close().await;
    Ok(rate)
}

async fn give(tx: &mut PgConnection) -> anyhow::Result<u64> {
    let raise = "UPDATE pools_limit SET held = held + 1 WHERE held + reserved < purchased";
    let raised = sqlx::query(raise).execute(&mut *tx).await.context("the pool")?.rows_affected();
    ensure!(raised == 1, "the pool is full");
    let insert = "INSERT INTO seats_limit (organization_id, product, user_id, assign_time, assigned_by)
        SELECT organization_id, product, $1, now(), 'bench' FROM pools_limit";
    Ok(sqlx::query(insert).bind(Uuid::now_v7()).execute(&mut *tx).await?.rows_affected())
}
