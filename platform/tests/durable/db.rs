//! Statements, values and transactions.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use platform::{
    clock::Clock,
    db::{Assembled, Db, Error, Result, Sql, Tx, Value},
    testing::{Engine, TestClock, on_both, spawn},
};
use serde_json::{Value as Json, json};
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::TABLES;

#[derive(Debug, Clone, PartialEq)]
struct Thing {
    id: Uuid,
    label: String,
    flag: bool,
    bytes: Vec<u8>,
    at: DateTime<Utc>,
    detail: Json,
    number: Option<i64>,
}

impl Thing {
    fn new(label: &str) -> Self {
        let at = TestClock::new().clock().now();
        let (id, label) = (Uuid::now_v7(), label.to_owned());
        Self { id, label, flag: true, bytes: vec![0, 255], at, detail: json!({"a": [1]}), number: None }
    }

    fn row(&self) -> [Value; 7] {
        [
            self.id.into(),
            (&self.label).into(),
            self.flag.into(),
            (&self.bytes).into(),
            self.at.into(),
            (&self.detail).into(),
            self.number.into(),
        ]
    }

    async fn insert(&self, tx: &mut Tx) -> Result<u64> {
        tx.query(
            "INSERT INTO things (id, label, flag, bytes, at, detail, number)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (label) DO NOTHING",
        )
        .bind(self.id)
        .bind(&self.label)
        .bind(self.flag)
        .bind(&self.bytes)
        .bind(self.at)
        .bind(&self.detail)
        .bind(self.number)
        .execute()
        .await
    }
}

async fn all(db: &Db) -> Vec<Thing> {
    let mut tx = db.read().await.unwrap();
    let things = tx.query("SELECT * FROM things ORDER BY id").all(|row| {
        Ok(Thing {
            id: row.get("id")?,
            label: row.get("label")?,
            flag: row.get("flag")?,
            bytes: row.get("bytes")?,
            at: row.get("at")?,
            detail: row.get("detail")?,
            number: row.get("number")?,
        })
    });
    things.await.unwrap()
}

const THINGS: Sql = Sql {
    postgres: "INSERT INTO things (id, label, flag, bytes, at, detail, number)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::bytea[], $5::timestamptz[],
            $6::jsonb[], $7::bigint[])",
    sqlite: "INSERT INTO things (id, label, flag, bytes, at, detail, number)
        SELECT value ->> 0, value ->> 1, value ->> 2, unhex(value ->> 3), value ->> 4, value -> 5, value ->> 6
        FROM jsonb_each($1)",
};

const TOTAL: &str = "SELECT value FROM counters WHERE name = 'total'";
const TOTAL_LOCKED: Sql =
    Sql { postgres: "SELECT value FROM counters WHERE name = 'total' FOR UPDATE", sqlite: TOTAL };

on_both! {
    async fn every_kind_of_value_comes_back_as_it_went(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let plain = Thing::new("plain");
        let odd = Thing {
            label: "Zoë 💡 $1 ' \" \\".into(),
            flag: false,
            bytes: Vec::new(),
            at: Clock::system().now(),
            detail: json!({"text": "ü", "number": 9_007_199_254_740_993_i64, "none": null}),
            number: Some(i64::MIN),
            ..Thing::new("")
        };
        let mut tx = db.write().await.unwrap();
        assert_eq!(plain.insert(&mut tx).await.unwrap(), 1);
        assert_eq!(odd.insert(&mut tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(all(&db).await, [plain, odd]);
    }

    async fn a_placeholder_may_be_used_twice_and_out_of_order(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut tx = db.read().await.unwrap();
        let query = tx.query("SELECT $2 || $1 || $2 AS word").bind("b").bind("a");
        assert_eq!(query.value::<String>("word").await.unwrap(), "aba");
        let assembled = Assembled::both(format!("SELECT CAST($1 AS BIGINT) + {} AS n", 2));
        assert_eq!(tx.query(assembled).bind(40).value::<i64>("n").await.unwrap(), 42);
    }

    async fn a_second_row_with_the_same_key_is_counted_not_caught(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(Thing::new("same").insert(&mut tx).await.unwrap(), 1);
        assert_eq!(Thing::new("same").insert(&mut tx).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(all(&db).await.len(), 1);
    }

    async fn a_constraint_that_refuses_is_a_conflict(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut tx = db.write().await.unwrap();
        let again = tx.query("INSERT INTO counters (name, value) VALUES ($1, $2)").bind("total").bind(1);
        assert!(matches!(again.execute().await, Err(Error::Conflict { .. })));
    }

    async fn a_broken_row_names_its_column_and_not_its_value(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut tx = db.write().await.unwrap();
        Thing::new("secret").insert(&mut tx).await.unwrap();
        let refuse = |_: String| Err::<(), _>("no such state");
        let error = tx.query("SELECT label FROM things").one(|row| row.parse("label", refuse)).await.unwrap_err();
        assert_eq!(error.to_string(), "a row is broken at label: no such state");
        let error = tx.query("SELECT number FROM things").value::<i64>("number").await.unwrap_err();
        assert_eq!(error.to_string(), "a row is broken at number: it is null");
        let error = tx.query("SELECT number FROM things").value::<i64>("absent").await.unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    }

    async fn a_transaction_that_is_dropped_leaves_nothing(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut tx = db.write().await.unwrap();
        Thing::new("gone").insert(&mut tx).await.unwrap();
        drop(tx);
        let mut tx = db.write().await.unwrap();
        Thing::new("kept").insert(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(all(&db).await.len(), 1);
    }

    async fn a_reader_neither_waits_for_a_writer_nor_sees_it_half_done(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut writing = db.write().await.unwrap();
        Thing::new("first").insert(&mut writing).await.unwrap();
        let mut reading = db.read().await.unwrap();
        let count = "SELECT count(*) AS n FROM things";
        assert_eq!(reading.query(count).value::<i64>("n").await.unwrap(), 0);
        writing.commit().await.unwrap();
        assert_eq!(reading.query(count).value::<i64>("n").await.unwrap(), 0, "its snapshot stands");
        drop(reading);
        assert_eq!(all(&db).await.len(), 1);
    }

    async fn a_reader_cannot_write(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut tx = db.read().await.unwrap();
        assert!(Thing::new("never").insert(&mut tx).await.is_err());
    }

    async fn sixteen_tasks_that_read_and_then_write_never_fail_or_lose_one(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let start = Arc::new(Barrier::new(16));
        let tasks = (0..16).map(|_| {
            let (db, start) = (db.clone(), start.clone());
            spawn(async move {
                start.wait().await;
                for _ in 0..10 {
                    let mut tx = db.write().await?;
                    let value = tx.query(TOTAL_LOCKED).value::<i64>("value").await?;
                    tx.query("UPDATE counters SET value = $1").bind(value + 1).execute().await?;
                    tx.commit().await?;
                }
                Ok::<_, Error>(())
            })
        });
        for task in futures::future::join_all(tasks).await {
            task.unwrap().unwrap();
        }
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.query(TOTAL).value::<i64>("value").await.unwrap(), 160);
    }

    async fn every_kind_of_value_comes_back_out_of_a_set(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let mut things = [(); 2].map(|()| Thing::new("label \"'\\ü"));
        things[1] = Thing { number: Some(i64::MIN), flag: false, label: String::new(), ..things[1].clone() };
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.query(THINGS).bind_rows(things.iter().map(Thing::row)).execute().await.unwrap(), 2);
        assert_eq!(tx.query(THINGS).bind_rows([] as [[Value; 7]; 0]).execute().await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(all(&db).await, things);

        let mut tx = db.write().await.unwrap();
        let mixed = [[Value::from(1), "secret".into()], ["secret".into(), 2.into()]];
        let refused = tx.query("SELECT 1").bind_rows(mixed).execute().await.unwrap_err();
        assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
    }

    async fn a_set_is_written_and_found_in_one_statement(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let rows = (0..1_000_i64).map(|n| [format!("n{n}").into(), n.into()]);
        let mut tx = db.write().await.unwrap();
        let written = tx.query(Sql {
            postgres: "INSERT INTO counters (name, value)
                SELECT * FROM unnest($1::text[], $2::bigint[])",
            sqlite: "INSERT INTO counters (name, value)
                SELECT value ->> 0, value ->> 1 FROM jsonb_each($1)",
        });
        assert_eq!(written.bind_rows(rows).execute().await.unwrap(), 1_000);
        let found = tx.query(Sql {
            postgres: "SELECT CAST(sum(value) AS BIGINT) AS n FROM counters
                WHERE name IN (SELECT value FROM jsonb_array_elements_text($1))",
            sqlite: "SELECT CAST(sum(value) AS BIGINT) AS n FROM counters
                WHERE name IN (SELECT value FROM jsonb_each($1))",
        });
        assert_eq!(found.bind_json(&["n1", "n40", "none"]).value::<i64>("n").await.unwrap(), 41);
    }

    async fn a_bell_rings_after_the_commit_and_only_then(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let bell = db.woken("work");
        let mut dropped = db.write().await.unwrap();
        dropped.wake("work");
        drop(dropped);
        assert!(!bell.has_changed().unwrap());
        let mut tx = db.write().await.unwrap();
        tx.wake("work");
        tx.commit().await.unwrap();
        assert!(bell.has_changed().unwrap());
    }

    async fn a_caller_that_waits_too_long_is_told_to_come_back(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let replica = Db::open(db.location(), &TABLES).await.unwrap();
        let mut held = db.write().await.unwrap();
        held.query(TOTAL_LOCKED).value::<i64>("value").await.unwrap();
        let late = async |db: &Db| {
            let mut tx = db.write().await?;
            tx.query("UPDATE counters SET value = 1").execute().await
        };
        let (same_process, other_process) = tokio::join!(late(&db), late(&replica));
        assert!(same_process.unwrap_err().is_unavailable());
        assert!(other_process.unwrap_err().is_unavailable());
        db.ping().await.unwrap();
    }
}
