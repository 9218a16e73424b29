//! An event that is delivered twice.

use platform::{
    inbox,
    testing::{Engine, TestClock, on_both},
};
use uuid::Uuid;

use crate::TABLES;

on_both! {
    async fn an_event_is_new_once_for_each_source(engine: Engine) {
        let (db, now) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        let event = Uuid::now_v7();
        let mut tx = db.write().await.unwrap();
        assert!(inbox::first_time(&mut tx, "identity", event, now).await.unwrap());
        assert!(!inbox::first_time(&mut tx, "identity", event, now).await.unwrap());
        assert!(inbox::first_time(&mut tx, "license", event, now).await.unwrap());
        drop(tx);
        let mut tx = db.write().await.unwrap();
        assert!(inbox::first_time(&mut tx, "identity", event, now).await.unwrap(), "it was rolled back");
    }

    async fn a_delivery_is_sifted_in_one_statement(engine: Engine) {
        let (db, now) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        let [old, new, newer] = [(); 3].map(|()| Uuid::now_v7());
        let mut tx = db.write().await.unwrap();
        inbox::first_time(&mut tx, "identity", old, now).await.unwrap();
        let first = inbox::first_times(&mut tx, "identity", &[old, new, newer, new], now).await.unwrap();
        assert_eq!(first, [new, newer].into());
        assert!(inbox::first_times(&mut tx, "identity", &[new, old], now).await.unwrap().is_empty());
        assert!(inbox::first_times(&mut tx, "identity", &[], now).await.unwrap().is_empty());
    }

    async fn ids_are_forgotten_after_thirty_days(engine: Engine) {
        let (db, now) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        let event = Uuid::now_v7();
        let mut tx = db.write().await.unwrap();
        inbox::first_time(&mut tx, "identity", event, now).await.unwrap();
        assert_eq!(inbox::clean(&mut tx, now).await.unwrap(), 0);
        assert_eq!(inbox::clean(&mut tx, now + inbox::KEPT).await.unwrap(), 1);
    }

    async fn many_ids_are_forgotten_a_few_at_a_time(engine: Engine) {
        let (db, now) = (engine.database(&TABLES).await, TestClock::new().clock().now());
        let events: Vec<Uuid> = (0..5_001).map(|_| Uuid::now_v7()).collect();
        let mut tx = db.write().await.unwrap();
        inbox::first_times(&mut tx, "identity", &events, now).await.unwrap();
        assert_eq!(inbox::clean(&mut tx, now + inbox::KEPT).await.unwrap(), 5_000);
        assert_eq!(inbox::clean(&mut tx, now + inbox::KEPT).await.unwrap(), 1);
    }
}
