//! Connections that are used again: whatever became of the one before.

use std::pin::pin;

use platform::db::{Db, Location};
use platform::testing::{Engine, TestDb, on_both};

use crate::TABLES;

const TOTAL: &str = "SELECT value FROM counters WHERE name = 'total'";

/// Opened again with one connection, where the engine lets us say so.
async fn narrow(db: &TestDb) -> Db {
    let location = match db.location() {
        Location::Postgres { url, .. } => Location::Postgres { url: url.clone(), connections: 1 },
        location @ Location::Sqlite(_) => location.clone(),
    };
    Db::open(&location, &TABLES).await.unwrap()
}

async fn total(db: &Db) -> i64 {
    let mut tx = db.of(platform::db::Scope::default()).look().await.unwrap();
    tx.query(TOTAL).value("value").await.unwrap()
}

on_both! {
    async fn a_caller_who_goes_away_leaves_a_connection_that_works(engine: Engine) {
        let whole = engine.database(&TABLES).await;
        let db = narrow(&whole).await;
        for _ in 0..8 {
            let mut tx = db.of(platform::db::Scope::default()).look().await.unwrap();
            let cut_off = tx.query("SELECT name FROM counters").all(|row| row.get::<String>("name"));
            drop(futures::poll!(pin!(cut_off)));
            drop(tx);
            assert_eq!(total(&db).await, 0);
            // Before its transaction has begun, in the middle of it, and at its end.
            let beginning = db.write();
            drop(futures::poll!(pin!(beginning)));
            let mut tx = db.write().await.unwrap();
            let cut_off = tx.query("UPDATE counters SET value = 5").execute();
            drop(futures::poll!(pin!(cut_off)));
            drop(tx);
            assert_eq!(total(&db).await, 0);
            let tx = db.write().await.unwrap();
            drop(futures::poll!(pin!(tx.commit())));
            assert_eq!(total(&db).await, 0);
        }
    }

    async fn a_look_cannot_write(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut tx = db.of(platform::db::Scope::default()).look().await.unwrap();
        assert!(tx.query("UPDATE counters SET value = 3").execute().await.is_err());
        drop(tx);
        assert_eq!(total(&db).await, 0);
    }

    async fn a_hundred_callers_share_a_few_connections(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let looks = (0..100).map(|_| total(&db));
        assert_eq!(futures::future::join_all(looks).await, [0; 100]);
        db.close().await;
        assert!(db.read().await.is_err(), "closed is closed");
    }

    async fn a_bell_rings_for_a_commit_whose_caller_went_away(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let bell = db.woken("work");
        let mut tx = db.write().await.unwrap();
        tx.query("UPDATE counters SET value = 6").execute().await.unwrap();
        tx.wake("work");
        drop(futures::poll!(pin!(tx.commit())));
        assert!(bell.has_changed().unwrap());
    }
}
