//! Scopes and roles: whose rows a transaction sees, and for whom the database refuses to run.

use platform::caller::{Caller, Principal};
use platform::db::{self, Db, Error, Everyone, Location, Migration, Migrations, Scope};
use platform::tenant::{self, Tenant};
use platform::testing::{Engine, TestDb, on_both};
use uuid::Uuid;

const BEHIND: Everyone = Everyone("a test looks behind the walls");
const NOTES: Migrations = Migrations {
    steps: &[Migration {
        name: "0001_notes",
        postgres: "CREATE TABLE notes (organization_id UUID NOT NULL, note TEXT NOT NULL); CALL confine('notes');",
        sqlite: "CREATE TABLE notes (organization_id TEXT NOT NULL, note TEXT NOT NULL) STRICT;",
    }],
};

fn tenant(organization: Uuid) -> Tenant {
    let service = Caller::at_work(Principal::Service { name: "test".to_owned() });
    tenant::of_delivery(&service, organization).unwrap()
}

async fn two_notes(engine: Engine) -> (TestDb, Tenant, Tenant) {
    let db = engine.database(&NOTES).await;
    let (ours, theirs) = (tenant(Uuid::now_v7()), tenant(Uuid::now_v7()));
    for tenant in [ours, theirs] {
        let mut tx = db.of(tenant).write().await.unwrap();
        let written = tx.query("INSERT INTO notes (organization_id, note) VALUES ($1, 'n')");
        assert_eq!(written.bind(tenant.organization()).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
    (db, ours, theirs)
}

async fn seen(db: &Db, scope: impl Into<Scope>) -> Vec<Uuid> {
    let mut tx = db.of(scope).read().await.unwrap();
    let notes = tx.query("SELECT organization_id FROM notes");
    notes.all(|row| row.get("organization_id")).await.unwrap()
}

/// As [`seen`], without a transaction.
async fn looked(db: &Db, scope: impl Into<Scope>) -> Vec<Uuid> {
    let mut tx = db.of(scope).look().await.unwrap();
    let notes = tx.query("SELECT organization_id FROM notes");
    notes.all(|row| row.get("organization_id")).await.unwrap()
}

fn one_connection(db: &TestDb) -> Location {
    let Location::Postgres { url, .. } = db.location() else { panic!("this test is about PostgreSQL") };
    Location::Postgres { url: url.clone(), connections: 1 }
}

#[tokio::test]
async fn a_connection_that_is_used_again_remembers_no_scope() {
    let (db, ours, theirs) = two_notes(Engine::Postgres).await;
    let pool = Db::open(&one_connection(&db), &NOTES).await.unwrap();
    for _ in 0..3 {
        assert_eq!(seen(&pool, ours).await, [ours.organization()]);
        assert_eq!(seen(&pool, Scope::default()).await, &[] as &[Uuid]);
        assert_eq!(seen(&pool, theirs).await, [theirs.organization()]);
        assert_eq!(seen(&pool, BEHIND).await.len(), 2);
        // Nor after a failure, a commit, or a scope that was entered on the way.
        let mut failing = pool.of(BEHIND).write().await.unwrap();
        failing.query("SELECT 1 / 0 AS n").execute().await.unwrap_err();
        drop(failing);
        assert_eq!(seen(&pool, Scope::default()).await, &[] as &[Uuid]);
        let mut entering = pool.of(ours).write().await.unwrap();
        entering.enter(BEHIND).await.unwrap();
        entering.commit().await.unwrap();
        assert_eq!(seen(&pool, Scope::default()).await, &[] as &[Uuid]);
    }
}

#[tokio::test]
async fn a_look_sees_its_own_scope_whatever_was_looked_at_before() {
    let (db, ours, theirs) = two_notes(Engine::Postgres).await;
    let pool = Db::open(&one_connection(&db), &NOTES).await.unwrap();
    for _ in 0..2 {
        assert_eq!(looked(&pool, ours).await, [ours.organization()]);
        assert_eq!(seen(&pool, ours).await, [ours.organization()], "a transaction in the same scope");
        assert_eq!(seen(&pool, theirs).await, [theirs.organization()], "and in another");
        assert_eq!(seen(&pool, Scope::default()).await, &[] as &[Uuid]);
        assert_eq!(looked(&pool, theirs).await, [theirs.organization()]);
        assert_eq!(looked(&pool, BEHIND).await.len(), 2);
        assert_eq!(looked(&pool, Scope::default()).await, &[] as &[Uuid]);
        let mut tx = pool.of(ours).look().await.unwrap();
        tx.enter(theirs).await.unwrap();
        let found = tx.query("SELECT organization_id FROM notes").value::<Uuid>("organization_id");
        assert_eq!(found.await.unwrap(), theirs.organization());
        drop(tx);
        // One that failed, and one whose caller went away before it had its scope.
        let mut failing = pool.of(BEHIND).look().await.unwrap();
        failing.query("SELECT 1 / 0 AS n").execute().await.unwrap_err();
        drop(failing);
        let cut_off = pool.of(BEHIND).look();
        drop(futures::poll!(std::pin::pin!(cut_off)));
        assert_eq!(looked(&pool, Scope::default()).await, &[] as &[Uuid]);
        assert_eq!(seen(&pool, Scope::default()).await, &[] as &[Uuid]);
    }
}

#[tokio::test]
async fn a_scope_of_several_is_theirs_and_one_that_is_entered_takes_the_place_of_the_last() {
    let (db, ours, theirs) = two_notes(Engine::Postgres).await;
    assert_eq!(seen(&db, Scope::from_iter([ours, theirs])).await.len(), 2);
    let mut tx = db.of(ours).write().await.unwrap();
    tx.enter(theirs).await.unwrap();
    let found = tx.query("SELECT organization_id FROM notes").all(|row| row.get::<Uuid>("organization_id"));
    assert_eq!(found.await.unwrap(), [theirs.organization()]);
    let wrong = tx.query("INSERT INTO notes (organization_id, note) VALUES ($1, 'n')");
    assert!(wrong.bind(ours.organization()).execute().await.is_err());
}

on_both! {
    async fn whoever_has_a_reason_sees_everyone_on_both_databases(engine: Engine) {
        let (db, ..) = two_notes(engine).await;
        assert_eq!(seen(&db, BEHIND).await.len(), 2);
    }
}

#[tokio::test]
async fn what_runs_is_roster_app_and_owns_nothing() {
    let db = Engine::Postgres.database(&NOTES).await;
    let mut tx = db.read().await.unwrap();
    let who =
        "SELECT CAST(current_user AS TEXT) AS name, rolsuper OR rolbypassrls OR rolcreaterole AS is_powerful,
            (SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owned
        FROM pg_roles r WHERE rolname = current_user";
    let read = |row: &db::Row| Ok((row.get("name")?, row.get("is_powerful")?, row.get("owned")?));
    let found: (String, bool, i64) = tx.query(who).one(read).await.unwrap();
    assert_eq!(found, ("roster_app".to_owned(), false, 0));
    let owner = "SELECT CAST(r.rolname AS TEXT) AS name FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE c.relname = 'notes' AND NOT r.rolsuper AND NOT r.rolbypassrls";
    assert_eq!(tx.query(owner).value::<String>("name").await.unwrap(), "roster_owner");
    drop(tx);
    for forbidden in [
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON notes",
        "TRUNCATE notes",
        "DELETE FROM schema_migrations",
        "CREATE TABLE mine (id UUID)",
    ] {
        let mut tx = db.of(BEHIND).write().await.unwrap();
        assert!(tx.query(forbidden).execute().await.is_err(), "{forbidden}");
    }
}

#[tokio::test]
async fn a_login_that_may_only_run_connects_and_every_other_is_refused() {
    let db = Engine::Postgres.database(&NOTES).await;
    let app = db.as_login("roster_test_app", "IN ROLE roster_app").await;
    assert_eq!(seen(&Db::connect(&app, &NOTES).await.unwrap(), Scope::default()).await, &[] as &[Uuid]);
    let bypass = db.as_login("roster_test_bypass", "BYPASSRLS IN ROLE roster_app").await;
    let owner = db.as_login("roster_test_owner", "IN ROLE roster_owner").await;
    let refused = [
        (db.location(), "is a superuser"),
        (&bypass, "roster_test_bypass has BYPASSRLS"),
        (&owner, "roster_test_owner owns the table notes"),
    ];
    for (location, why) in refused {
        let error = Db::connect(location, &NOTES).await.unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, Error::Unfit(_)) && text.contains(why) && text.contains("roster_app"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_owner_migrates_without_running() {
    let db = Engine::Postgres.database(&NOTES).await;
    let Location::Postgres { url, .. } = db.as_login("roster_test_owner", "IN ROLE roster_owner").await
    else {
        panic!("this test is about PostgreSQL")
    };
    const MORE: Migrations = Migrations {
        steps: &[
            NOTES.steps[0],
            Migration { name: "0002_more", postgres: "ALTER TABLE notes ADD COLUMN more TEXT", sqlite: "" },
        ],
    };
    let app = db.as_login("roster_test_app", "IN ROLE roster_app").await;
    assert!(
        matches!(Db::connect(&app, &MORE).await.unwrap_err(), Error::Behind(step) if step == "service/0002_more")
    );
    db::migrate(&url, &MORE).await.unwrap();
    Db::connect(&app, &MORE).await.unwrap();
}
