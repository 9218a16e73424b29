//! Opening, migrating and copying a database.

use platform::{
    db::{Db, Error, Location, Migration, Migrations},
    testing::{Engine, assert_parity, eventually, on_both},
};

use crate::TABLES;

const EDITED: Migrations =
    Migrations { steps: &[Migration { name: "0001_test", postgres: "SELECT 1;", sqlite: "SELECT 1;" }] };

on_both! {
    async fn opening_again_changes_nothing_and_keeps_the_rows(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut tx = db.write().await.unwrap();
        tx.query("UPDATE counters SET value = 7").execute().await.unwrap();
        tx.commit().await.unwrap();
        let again = Db::open(db.location(), &TABLES).await.unwrap();
        let mut tx = again.read().await.unwrap();
        assert_eq!(tx.query("SELECT value FROM counters").value::<i64>("value").await.unwrap(), 7);
    }

    async fn whoever_only_looks_neither_makes_nor_changes_anything(engine: Engine) {
        let db = engine.database(&Migrations { steps: &[] }).await;
        let look = Db::look_at(db.location()).await.unwrap();
        let mut tx = look.read().await.unwrap();
        assert_eq!(tx.query("SELECT count(*) AS n FROM outbox").value::<i64>("n").await.unwrap(), 0);
        drop(tx);
        let mut tx = look.write().await.unwrap();
        assert!(tx.query("DELETE FROM outbox").execute().await.is_err());
    }

    async fn an_applied_step_that_was_edited_is_refused(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let refused = Db::open(db.location(), &EDITED).await;
        assert!(matches!(refused, Err(Error::Other(_))), "{refused:?}");
    }

    async fn an_older_version_opens_what_a_newer_one_migrated(engine: Engine) {
        let db = engine.database(&TABLES).await;
        assert!(Db::open(db.location(), &Migrations { steps: &[] }).await.is_ok());
    }

    async fn replicas_that_start_at_once_migrate_once(engine: Engine) {
        let empty = engine.database(&Migrations { steps: &[] }).await;
        let opening = (0..4).map(|_| Db::open(empty.location(), &TABLES));
        for opened in futures::future::join_all(opening).await {
            opened.unwrap().close().await;
        }
    }
}

#[tokio::test]
async fn whoever_may_not_migrate_refuses_older_tables() {
    let db = Engine::Postgres.database(&Migrations { steps: &[] }).await;
    let app = db.as_login("roster_test_app", "IN ROLE roster_app").await;
    let refused = Db::connect(&app, &TABLES).await.unwrap_err();
    assert!(matches!(&refused, Error::Behind(step) if step == "service/0001_test"), "{refused:?}");
    Db::open(db.location(), &TABLES).await.unwrap().close().await;
    let opened = Db::connect(&app, &TABLES).await.unwrap();
    let mut tx = opened.write().await.unwrap();
    assert_eq!(tx.query("UPDATE counters SET value = 8").execute().await.unwrap(), 1);
}

#[tokio::test]
async fn a_copy_is_made_while_the_writer_is_held() {
    let db = Engine::Sqlite.database(&TABLES).await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let held = db.write().await.unwrap();
    db.backup_to(&copy).await.unwrap();
    assert!(db.backup_to(&copy).await.is_err(), "a copy is never written over");
    drop(held);
    let restored = Db::open(&Location::Sqlite(copy), &TABLES).await.unwrap();
    let mut tx = restored.read().await.unwrap();
    assert_eq!(tx.query("SELECT count(*) AS n FROM counters").value::<i64>("n").await.unwrap(), 1);
}

#[tokio::test]
async fn whoever_copies_holds_the_writer_and_migrates_nothing() {
    let db = Engine::Sqlite.database(&Migrations { steps: &[] }).await;
    let operator = Db::as_it_is(db.location()).await.unwrap();
    let held = operator.write().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    operator.backup_to(&copy).await.unwrap();
    drop(held);
    let copied = Db::as_it_is(&Location::Sqlite(copy)).await.unwrap();
    let counters = "SELECT count(*) AS n FROM sqlite_schema WHERE name = 'counters'";
    assert_eq!(copied.read().await.unwrap().query(counters).value::<i64>("n").await.unwrap(), 0);
    let missing = Location::Sqlite(folder.path().join("missing.db"));
    assert!(Db::as_it_is(&missing).await.is_err());
}

#[tokio::test]
async fn sqlite_runs_durable_and_checked() {
    let db = Engine::Sqlite.database(&TABLES).await;
    let mut tx = db.write().await.unwrap();
    let expected = [("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5_000)];
    for (pragma, value) in expected {
        let text = platform::db::Assembled::both(format!("SELECT * FROM pragma_{pragma}"));
        let column = if pragma == "busy_timeout" { "timeout" } else { pragma };
        assert_eq!(tx.query(text).value::<i64>(column).await.unwrap(), value, "{pragma}");
    }
    let mode: String = tx.query("SELECT * FROM pragma_journal_mode").value("journal_mode").await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn both_dialects_make_the_same_tables() {
    assert_parity(&TABLES).await;
}

#[tokio::test]
#[should_panic(expected = "things.id INTEGER")]
async fn dialects_that_differ_are_told_apart() {
    let postgres = "CREATE TABLE things (id UUID PRIMARY KEY);";
    let sqlite = "CREATE TABLE things (id INTEGER PRIMARY KEY) STRICT;";
    assert_parity(&Migrations { steps: Box::leak(Box::new([Migration { name: "0001", postgres, sqlite }])) })
        .await;
}

#[tokio::test]
async fn a_server_that_drops_its_connections_is_found_again() {
    let db = Engine::Postgres.database(&TABLES).await;
    let mut cut_off = db.write().await.unwrap();
    cut_off.query("UPDATE counters SET value = 9").execute().await.unwrap();
    let operator = Db::look_at(db.location()).await.unwrap();
    let mut tx = operator.read().await.unwrap();
    let end_the_others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    tx.query(end_the_others).execute().await.unwrap();
    let lost = cut_off.query("UPDATE counters SET value = 10").execute().await.unwrap_err();
    assert!(lost.is_unavailable(), "{lost:?}");
    drop(cut_off);
    let value = async || {
        let mut tx = db.read().await?;
        tx.query("SELECT value FROM counters").value::<i64>("value").await
    };
    eventually("the pool recovers", value, |answer| matches!(answer, Ok(0))).await.unwrap();
}
