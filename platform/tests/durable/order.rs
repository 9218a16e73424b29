//! Events of one key arrive in their order, and a poison event holds up its own key only.

use chrono::TimeDelta;
use platform::{
    db::Db,
    outbox::Round,
    testing::{Engine, TestClock, eventually, on_both, spawn},
};

use crate::{
    TABLES,
    receiver::{Receiver, put, waiting},
};

on_both! {
    async fn a_poison_event_holds_up_its_own_key_only(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, time.clock());
        let ids = put(&db, &time.clock(), &["a", "bad", "b", "bad", "a", ""]).await;
        receiver.with(|state| state.refused.insert(ids[1].clone()));
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(4));
        assert_eq!(receiver.taken(), [&ids[0], &ids[2], &ids[4], &ids[5]].map(Clone::clone));
        let late = put(&db, &time.clock(), &["bad", "c"]).await;
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1), "only c may pass");
        assert_eq!(relay.round("notify").await.unwrap(), Round::Idle);
        receiver.with(|state| state.refused.clear());
        time.advance(TimeDelta::seconds(2));
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(3));
        assert_eq!(receiver.taken()[5..], [ids[1].clone(), ids[3].clone(), late[0].clone()]);
    }

    async fn a_refused_event_without_a_key_holds_up_nothing(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, time.clock());
        let ids = put(&db, &time.clock(), &["", "", ""]).await;
        receiver.with(|state| state.refused.insert(ids[0].clone()));
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(2));
        assert_eq!(receiver.taken(), ids[1..]);
    }

    async fn the_pauses_of_a_refused_event_grow(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, time.clock());
        let ids = put(&db, &time.clock(), &["bad"]).await;
        receiver.with(|state| state.refused.insert(ids[0].clone()));
        for pause in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(0));
            time.advance(TimeDelta::seconds(pause - 1));
            assert_eq!(relay.round("notify").await.unwrap(), Round::Idle, "{pause}");
            time.advance(TimeDelta::seconds(1));
        }
        receiver.with(|state| state.refused.clear());
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
        assert_eq!(waiting(&db).await, 0);
    }

    async fn a_pause_begins_anew_with_the_next_event_of_its_key(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, time.clock());
        let ids = put(&db, &time.clock(), &["bad", "bad"]).await;
        receiver.with(|state| state.refused.insert(ids[0].clone()));
        for pause in [2, 4, 8] {
            assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(0));
            time.advance(TimeDelta::seconds(pause));
        }
        receiver.with(|state| state.refused = [ids[1].clone()].into());
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
        receiver.with(|state| state.refused.clear());
        time.advance(TimeDelta::seconds(2));
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
        assert_eq!(receiver.taken(), ids);
    }

    async fn what_waits_beside_a_refused_event_is_tried_again_in_a_moment(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let first = put(&db, &time.clock(), &["k"]).await;
        receiver.hold();
        let slow = receiver.relay(&db, time.clock());
        let slow = spawn(async move { slow.round("notify").await });
        eventually("it delivers", async || receiver.with(|state| state.calls), |calls| *calls == 1).await;
        let later = put(&db, &time.clock(), &["bad", "k"]).await;
        receiver.with(|state| state.refused.insert(later[0].clone()));
        let relay = receiver.relay(&db, time.clock());
        let between = spawn({
            let relay = relay.clone();
            async move { relay.round("notify").await }
        });
        eventually("so does the other", async || receiver.with(|state| state.calls), |calls| *calls == 2).await;
        receiver.let_go();
        assert_eq!(slow.await.unwrap().unwrap(), Round::Delivered(1));
        assert_eq!(between.await.unwrap().unwrap(), Round::Delivered(0), "k is held, the other refused");
        for pause in [2, 2, 4] {
            assert_eq!(relay.round("notify").await.unwrap(), Round::Idle);
            time.advance(TimeDelta::seconds(pause));
            let delivered = usize::from(receiver.taken().len() == 1);
            assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(delivered));
        }
        assert_eq!(receiver.taken(), [&first[0], &later[1]].map(Clone::clone));
    }

    async fn a_key_in_one_relays_hands_waits_for_it(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let mut ids = put(&db, &time.clock(), &["k"]).await;
        receiver.hold();
        let slow = receiver.relay(&db, time.clock());
        let slow = spawn(async move { slow.round("notify").await });
        eventually("it delivers", async || receiver.with(|state| state.calls), |calls| *calls == 1).await;
        ids.extend(put(&db, &time.clock(), &["k"]).await);
        let other = receiver.relay(&db, time.clock());
        assert_eq!(other.round("notify").await.unwrap(), Round::Idle);
        receiver.let_go();
        assert_eq!(slow.await.unwrap().unwrap(), Round::Delivered(1));
        assert_eq!(other.round("notify").await.unwrap(), Round::Delivered(1));
        assert_eq!(receiver.taken(), ids);
    }

    async fn of_what_one_transaction_told_only_the_held_keys_wait(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let first = put(&db, &time.clock(), &["k", "a"]).await;
        receiver.hold();
        let slow = receiver.relay(&db, time.clock());
        let slow = spawn(async move { slow.round("notify").await });
        eventually("it delivers", async || receiver.with(|state| state.calls), |calls| *calls == 1).await;
        let later = put(&db, &time.clock(), &["k", "b", ""]).await;
        let other = receiver.relay(&db, time.clock());
        let between = spawn({
            let other = other.clone();
            async move { other.round("notify").await }
        });
        eventually("so does the other", async || receiver.with(|state| state.calls), |calls| *calls == 2).await;
        receiver.let_go();
        assert_eq!(slow.await.unwrap().unwrap(), Round::Delivered(2));
        assert_eq!(between.await.unwrap().unwrap(), Round::Delivered(2), "b, and what has no key");
        assert_eq!(waiting(&db).await, 1);
        assert_eq!(other.round("notify").await.unwrap(), Round::Delivered(1));
        let mut taken = receiver.taken();
        assert_eq!(taken.pop().as_ref(), Some(&later[0]));
        taken.sort();
        assert_eq!(taken, [&first[0], &first[1], &later[1], &later[2]].map(Clone::clone));
    }

    async fn what_was_delivered_of_a_row_is_kept_beside_what_is_left(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, time.clock());
        let ids = put(&db, &time.clock(), &["a", "bad", "b", "c"]).await;
        receiver.with(|state| state.refused.insert(ids[1].clone()));
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(3));
        assert_eq!(rows(&db).await, [(1, false), (3, true)]);
        receiver.with(|state| state.refused.clear());
        time.advance(TimeDelta::seconds(2));
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
        assert_eq!(rows(&db).await, [(1, true), (3, true)]);
        assert_eq!(receiver.taken(), [&ids[0], &ids[2], &ids[3], &ids[1]].map(Clone::clone));
    }

    async fn a_rolled_back_position_is_no_gap_to_wait_for(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, time.clock());
        let mut open = db.write().await.unwrap();
        let event = proto::events::v1::Event { id: uuid::Uuid::now_v7().to_string(), ..Default::default() };
        platform::outbox::put(&mut open, &event, &["notify"], time.clock().now()).await.unwrap();
        drop(open);
        let ids = put(&db, &time.clock(), &["k"]).await;
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
        assert_eq!(receiver.taken(), ids);
    }
}

/// How many events each row has, and whether they were delivered.
async fn rows(db: &Db) -> Vec<(i64, bool)> {
    let mut tx = db.read().await.unwrap();
    tx.query("SELECT event_count, delivered_time IS NOT NULL AS delivered FROM outbox ORDER BY position")
        .all(|row| Ok((row.get("event_count")?, row.get("delivered")?)))
        .await
        .unwrap()
}

/// Positions commit out of order on PostgreSQL only: a later one must not hide an earlier one.
#[tokio::test]
async fn an_event_that_commits_late_is_not_lost() {
    let (db, time) = (Engine::Postgres.database(&TABLES).await, TestClock::new());
    let receiver = Receiver::default();
    let relay = receiver.relay(&db, time.clock());
    let early = proto::events::v1::Event { id: uuid::Uuid::now_v7().to_string(), ..Default::default() };
    let mut open = db.write().await.unwrap();
    platform::outbox::put(&mut open, &early, &["notify"], time.clock().now()).await.unwrap();
    let late = put(&db, &time.clock(), &["k"]).await;
    assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
    open.commit().await.unwrap();
    assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
    assert_eq!(receiver.taken(), [late[0].clone(), early.id]);
}
