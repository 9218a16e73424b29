//! Rows to work on.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use platform::{
    db::Db,
    lease::{Lease, Table},
    testing::{Engine, TestClock, on_both},
};
use uuid::Uuid;

use crate::TABLES;

const JOBS: Table = Table {
    name: "jobs",
    key: "id",
    ready: "state = 'QUEUED'",
    order: "create_time, id",
    term: TimeDelta::seconds(30),
};

async fn queue(db: &Db, count: usize, now: DateTime<Utc>) -> Vec<Uuid> {
    let mut tx = db.write().await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(Uuid::now_v7());
        let insert = tx.query("INSERT INTO jobs (id, state, create_time) VALUES ($1, 'QUEUED', $2)");
        insert.bind(ids[ids.len() - 1]).bind(now).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    ids
}

async fn take(db: &Db, owner: Uuid, limit: i64, now: DateTime<Utc>) -> Vec<Lease> {
    let mut tx = db.write().await.unwrap();
    let leases = JOBS.take(&mut tx, owner, limit, now).await.unwrap();
    tx.commit().await.unwrap();
    leases
}

async fn keep(db: &Db, lease: &Lease, now: DateTime<Utc>) -> bool {
    let mut tx = db.write().await.unwrap();
    let kept = JOBS.keep(&mut tx, lease, now).await.unwrap();
    tx.commit().await.unwrap();
    kept
}

on_both! {
    async fn a_row_is_taken_by_one(engine: Engine) {
        let (db, now) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        let ids = queue(&db, 40, now).await;
        let owners: Vec<Uuid> = (0..8).map(|_| Uuid::now_v7()).collect();
        let taken = futures::future::join_all(owners.iter().map(|owner| take(&db, *owner, 5, now))).await;
        let mut keys: Vec<Uuid> = taken.into_iter().flatten().map(|lease| lease.key).collect();
        while let Some(lease) = take(&db, owners[0], 1, now).await.first() {
            keys.push(lease.key);
        }
        assert_eq!(keys.len(), 40);
        assert_eq!(BTreeSet::from_iter(keys), BTreeSet::from_iter(ids));
    }

    async fn no_more_rows_are_taken_than_wanted_when_the_table_has_grown(engine: Engine) {
        let (db, now) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        queue(&db, 1, now).await;
        let mut tx = db.write().await.unwrap();
        tx.query("ANALYZE jobs").execute().await.unwrap();
        tx.commit().await.unwrap();
        queue(&db, 40, now).await;
        assert_eq!(take(&db, Uuid::now_v7(), 3, now).await.len(), 3);
    }

    async fn a_dead_workers_row_is_taken_over_and_its_late_write_is_fenced_off(engine: Engine) {
        let (db, start) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        queue(&db, 1, start).await;
        let (slow, heir) = (Uuid::now_v7(), Uuid::now_v7());
        let first = take(&db, slow, 1, start).await[0];
        assert_eq!(first.attempt, 1);
        assert!(take(&db, heir, 1, start + JOBS.term - TimeDelta::microseconds(1)).await.is_empty());
        let later = start + JOBS.term;
        let second = take(&db, heir, 1, later).await[0];
        assert_eq!(second.attempt, 2);
        assert!(!keep(&db, &first, later).await, "the row is the heir's");
        let mut tx = db.write().await.unwrap();
        assert!(!JOBS.give_back(&mut tx, &first, None).await.unwrap());
        drop(tx);
        assert!(keep(&db, &second, later).await);
    }

    async fn a_worker_that_takes_its_own_row_again_has_a_new_fence(engine: Engine) {
        let (db, start) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        queue(&db, 1, start).await;
        let owner = Uuid::now_v7();
        let first = take(&db, owner, 1, start).await[0];
        let second = take(&db, owner, 1, start + JOBS.term).await[0];
        assert!(!keep(&db, &first, start + JOBS.term).await);
        assert!(keep(&db, &second, start + JOBS.term).await);
    }

    async fn a_heartbeat_keeps_the_row(engine: Engine) {
        let (db, start) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        queue(&db, 1, start).await;
        let lease = take(&db, Uuid::now_v7(), 1, start).await[0];
        assert!(keep(&db, &lease, start + TimeDelta::seconds(29)).await);
        assert!(take(&db, Uuid::now_v7(), 1, start + TimeDelta::seconds(58)).await.is_empty());
        assert_eq!(take(&db, Uuid::now_v7(), 1, start + TimeDelta::seconds(59)).await.len(), 1);
    }

    async fn a_row_that_was_given_back_waits_for_its_time(engine: Engine) {
        let (db, start) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        queue(&db, 1, start).await;
        let lease = take(&db, Uuid::now_v7(), 1, start).await[0];
        let retry = start + TimeDelta::minutes(5);
        let mut tx = db.write().await.unwrap();
        assert!(JOBS.give_back(&mut tx, &lease, Some(retry)).await.unwrap());
        tx.commit().await.unwrap();
        assert!(take(&db, Uuid::now_v7(), 1, retry - TimeDelta::microseconds(1)).await.is_empty());
        assert_eq!(take(&db, Uuid::now_v7(), 1, retry).await[0].attempt, 2);
    }

    async fn a_row_that_was_put_back_untried_is_free_at_once_and_has_lost_no_attempt(engine: Engine) {
        let (db, now) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        queue(&db, 1, now).await;
        let first = take(&db, Uuid::now_v7(), 1, now).await[0];
        let mut tx = db.write().await.unwrap();
        assert!(JOBS.put_back(&mut tx, &first).await.unwrap());
        tx.commit().await.unwrap();
        let second = take(&db, Uuid::now_v7(), 1, now).await[0];
        assert_eq!(second.attempt, 1);
        assert!(!keep(&db, &first, now).await, "the first worker has nothing any more");
    }

    async fn rows_without_work_are_left_alone(engine: Engine) {
        let (db, now) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        queue(&db, 2, now).await;
        let mut tx = db.write().await.unwrap();
        tx.query("UPDATE jobs SET state = 'DONE'").execute().await.unwrap();
        tx.commit().await.unwrap();
        assert!(take(&db, Uuid::now_v7(), 5, now).await.is_empty());
    }
}
