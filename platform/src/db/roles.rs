//! Who may do what in a PostgreSQL database: `roster_owner` migrates and owns the tables, `roster_app`
//! runs and owns nothing, so that row-level security holds for it.

use std::sync::Arc;

use sqlx::{PgConnection, PgPool, Postgres};

use super::{
    error::{Error, Result},
    postgres,
    shelf::Shelf,
    tx::Tx,
};

/// The role that every statement of a running service has.
pub(super) const RUN: &str = "SET ROLE roster_app";

/// The role that migrations have, until the transaction ends.
const OWN: &str = "SET LOCAL ROLE roster_owner";

/// Roles belong to the whole server, and advisory locks to one database: two processes that prepare two
/// databases at once meet here, and whoever comes second finds what it wanted. SET ROLE is tried, because
/// what lets a role do it differs between versions of PostgreSQL; who may not take a role is told so when
/// it is needed.
const PREPARE: &str = "DO $prepare$
DECLARE wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['roster_owner', 'roster_app'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        BEGIN
            EXECUTE format('SET LOCAL ROLE %I', wanted);
            SET LOCAL ROLE NONE;
        EXCEPTION WHEN insufficient_privilege THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            EXCEPTION WHEN unique_violation OR internal_error OR insufficient_privilege THEN NULL;
            END;
        END;
    END LOOP;
END $prepare$";

/// The owner may make tables. Since PostgreSQL 15 nobody may by default.
const OPEN_THE_SCHEMA: &str = "DO $open$
BEGIN
    IF NOT has_schema_privilege('roster_owner', 'public', 'CREATE') THEN
        GRANT ALL ON SCHEMA public TO roster_owner;
    END IF;
    IF NOT has_schema_privilege('roster_app', 'public', 'USAGE') THEN
        GRANT USAGE ON SCHEMA public TO roster_app;
    END IF;
END $open$";

/// What `roster_app` may do with the tables: everything but emptying, changing or owning them.
const GRANT: [&str; 3] = [
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO roster_app",
    "REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM roster_app",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO roster_app",
];

/// Who a connection is, and the first table with policies that it could switch them off for.
const WHO: &str = "SELECT CAST(current_user AS TEXT) AS name, rolsuper, rolbypassrls,
        (SELECT CAST(c.relname AS TEXT) FROM pg_class c
         WHERE c.relrowsecurity AND pg_has_role(current_user, c.relowner, 'MEMBER')
         ORDER BY c.relname LIMIT 1) AS owned
    FROM pg_roles WHERE rolname = current_user";

/// Makes both roles when they are missing, and lets the user of this pool take them if it may grant them.
pub(super) async fn prepare(pool: &PgPool) -> Result<()> {
    let mut connection = pool.acquire().await?;
    sqlx::raw_sql(PREPARE).execute(&mut *connection).await?;
    Ok(())
}

/// From here on the transaction is the owner's.
pub(super) async fn own(tx: &mut Tx) -> Result<()> {
    tx.query(OPEN_THE_SCHEMA).execute().await?;
    tx.query(OWN).execute().await?;
    Ok(())
}

/// Lets `roster_app` use what the owner has made.
pub(super) async fn grant(tx: &mut Tx) -> Result<()> {
    for text in GRANT {
        tx.query(text).execute().await?;
    }
    Ok(())
}

/// Takes the role that a service runs with.
pub(super) async fn run(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(RUN).execute(connection).await.map(drop)
}

/// Refuses a user for whom the policies do not hold.
pub(super) async fn refuse_unbound(shelf: &Arc<Shelf<Postgres>>) -> Result<()> {
    let mut tx = postgres::look(shelf, &Default::default()).await?;
    let (name, powers) = tx
        .query(WHO)
        .one(|row| {
            let owned: Option<String> = row.get("owned")?;
            let powers = [
                row.get::<bool>("rolsuper")?.then(|| "is a superuser".to_owned()),
                row.get::<bool>("rolbypassrls")?.then(|| "has BYPASSRLS".to_owned()),
                owned.map(|table| format!("owns the table {table}")),
            ];
            Ok((row.get::<String>("name")?, powers))
        })
        .await?;
    match powers.into_iter().flatten().next() {
        None => Ok(()),
        Some(power) => Err(Error::Unfit(format!(
            "the PostgreSQL role {name} {power}, so row-level security does not hold for it: connect as a \
             role that has no rights but those of roster_app (docs/operations.md, \"Roles and row-level security\")"
        ))),
    }
}
