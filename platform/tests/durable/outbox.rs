//! Events that leave when the change is durable, and arrive whatever happens on the way.

use chrono::TimeDelta;
use platform::{
    outbox::{self, Round},
    testing::{Engine, TestClock, eventually, on_both, spawn, within},
};
use proto::events::v1::Event;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    TABLES,
    receiver::{Receiver, put, waiting},
};

on_both! {
    async fn an_event_leaves_with_its_transaction_or_not_at_all(engine: Engine) {
        let (db, clock) = (engine.database(&TABLES).await, TestClock::new().clock());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, clock.clone());
        let event = Event { id: Uuid::now_v7().to_string(), ..Event::default() };
        let mut tx = db.write().await.unwrap();
        outbox::put(&mut tx, &event, &["notify", "identity"], clock.now()).await.unwrap();
        drop(tx);
        assert_eq!(relay.round("notify").await.unwrap(), Round::Idle);
        let mut tx = db.write().await.unwrap();
        outbox::put(&mut tx, &event, &["notify", "identity"], clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
        assert_eq!(relay.round("notify").await.unwrap(), Round::Idle);
        assert_eq!(receiver.taken(), [event.id]);
        assert_eq!(waiting(&db).await, 1, "the other destination's row is its own");
    }

    async fn an_event_whose_id_is_none_is_refused_wherever_it_stands(engine: Engine) {
        let (db, clock) = (engine.database(&TABLES).await, TestClock::new().clock());
        let events = [Event { id: Uuid::now_v7().to_string(), ..Event::default() }, Event::default()];
        let mut tx = db.write().await.unwrap();
        assert!(outbox::put_all(&mut tx, &events, &["notify"], clock.now()).await.is_err());
    }

    async fn a_running_relay_wakes_at_the_commit_and_ends_at_shutdown(engine: Engine) {
        let (db, clock) = (engine.database(&TABLES).await, TestClock::new().clock());
        let receiver = Receiver::default();
        let shutdown = CancellationToken::new();
        let running = spawn(receiver.relay(&db, clock.clone()).run(shutdown.clone()));
        let mut ids = put(&db, &clock, &["k"]).await;
        eventually("the first event arrives", async || receiver.taken(), |taken| *taken == ids).await;
        ids.extend(put(&db, &clock, &["k", ""]).await);
        eventually("more arrive", async || receiver.taken(), |taken| *taken == ids).await;
        eventually("all are marked", async || waiting(&db).await, |count| *count == 0).await;
        shutdown.cancel();
        within("the relay ends", running).await.unwrap();
    }

    async fn a_relay_that_dies_before_the_delivery_is_succeeded(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        let ids = put(&db, &time.clock(), &["k", "k"]).await;
        receiver.hold();
        let relay = receiver.relay(&db, time.clock());
        let dying = spawn(async move { relay.round("notify").await });
        eventually("it delivers", async || receiver.with(|state| state.calls), |calls| *calls == 1).await;
        dying.abort();
        assert!(dying.await.unwrap_err().is_cancelled());
        receiver.let_go();
        let heir = receiver.relay(&db, time.clock());
        assert_eq!(heir.round("notify").await.unwrap(), Round::Idle, "the claim still stands");
        time.advance(TimeDelta::seconds(60));
        assert_eq!(heir.round("notify").await.unwrap(), Round::Delivered(2));
        assert_eq!((receiver.taken(), waiting(&db).await), (ids, 0));
    }

    async fn two_relays_never_deliver_one_event_at_once(engine: Engine) {
        let (db, clock) = (engine.database(&TABLES).await, TestClock::new().clock());
        let receiver = Receiver::default();
        let keys: Vec<String> = (0..1_500).map(|n| format!("k{}", n % 7)).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let shutdown = CancellationToken::new();
        let running: Vec<_> = (0..3)
            .map(|_| spawn(receiver.relay(&db, clock.clone()).run(shutdown.clone())))
            .collect();
        let mut ids = put(&db, &clock, &keys).await;
        ids.extend(put(&db, &clock, &keys).await);
        eventually("all are delivered", async || waiting(&db).await, |count| *count == 0).await;
        shutdown.cancel();
        for relay in running {
            within("a relay ends", relay).await.unwrap();
        }
        assert!(!receiver.with(|state| state.overlapped));
        let mut taken = receiver.taken();
        taken.sort();
        ids.sort();
        assert_eq!(taken, ids);
    }

    async fn a_row_that_cannot_be_read_holds_up_its_own_key_only(engine: Engine) {
        let (db, clock) = (engine.database(&TABLES).await, TestClock::new().clock());
        let receiver = Receiver::default();
        put(&db, &clock, &["broken", "broken too"]).await;
        let mut tx = db.write().await.unwrap();
        tx.query("UPDATE outbox SET event = $1").bind(vec![0xff_u8]).execute().await.unwrap();
        tx.commit().await.unwrap();
        let ids = put(&db, &clock, &["whole", "broken too"]).await;
        let relay = receiver.relay(&db, clock.clone());
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(2), "nobody knows its keys yet");
        let late = put(&db, &clock, &["whole", "broken too"]).await;
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(1));
        assert_eq!(receiver.taken(), [&ids[0], &ids[1], &late[0]].map(Clone::clone));
        assert_eq!(waiting(&db).await, 3, "it is still there to be seen");
    }

    async fn the_clock_of_a_writer_lets_no_event_overtake_another(engine: Engine) {
        let (db, ahead, time) = (engine.database(&TABLES).await, TestClock::new(), TestClock::new());
        ahead.advance(TimeDelta::hours(1));
        let receiver = Receiver::default();
        let mut ids = put(&db, &ahead.clock(), &["k"]).await;
        ids.extend(put(&db, &time.clock(), &["k"]).await);
        let round = receiver.relay(&db, time.clock()).round("notify").await.unwrap();
        assert_eq!((round, receiver.taken()), (Round::Delivered(2), ids));
    }

    async fn a_destination_that_is_away_costs_no_attempt(engine: Engine) {
        let (db, clock) = (engine.database(&TABLES).await, TestClock::new().clock());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, clock.clone());
        let ids = put(&db, &clock, &["k", "k", ""]).await;
        receiver.with(|state| state.away = true);
        for _ in 0..3 {
            assert_eq!(relay.round("notify").await.unwrap(), Round::Away);
        }
        assert_eq!(receiver.with(|state| state.calls), 3, "the batch is not split");
        receiver.with(|state| state.away = false);
        assert_eq!(relay.round("notify").await.unwrap(), Round::Delivered(3), "no clock had to move");
        assert_eq!(receiver.taken(), ids);
    }

    async fn delivered_events_are_kept_seven_days(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let receiver = Receiver::default();
        put(&db, &time.clock(), &["k"]).await;
        receiver.relay(&db, time.clock()).round("notify").await.unwrap();
        let kept = async || {
            let mut tx = db.read().await.unwrap();
            tx.query("SELECT count(*) AS n FROM outbox").value::<i64>("n").await.unwrap()
        };
        time.advance(outbox::KEPT - TimeDelta::seconds(1));
        let clean = async || {
            let shutdown = CancellationToken::new();
            let running = spawn(receiver.relay(&db, time.clock()).run(shutdown.clone()));
            put(&db, &time.clock(), &[""]).await;
            eventually("the relay has run", async || waiting(&db).await, |count| *count == 0).await;
            (shutdown, running)
        };
        let (shutdown, running) = clean().await;
        assert_eq!(kept().await, 2);
        shutdown.cancel();
        within("the relay ends", running).await.unwrap();
        time.advance(TimeDelta::seconds(1));
        let (shutdown, running) = clean().await;
        eventually("the old one is gone", kept, |count| *count == 2).await;
        shutdown.cancel();
        within("the relay ends", running).await.unwrap();
    }

    async fn ten_thousand_events_go_in_twenty_deliveries(engine: Engine) {
        let (db, clock) = (engine.database(&TABLES).await, TestClock::new().clock());
        let receiver = Receiver::default();
        let relay = receiver.relay(&db, clock.clone());
        let keys: Vec<String> = (0..10_000).map(|n| format!("k{n}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let started = std::time::Instant::now();
        let ids = put(&db, &clock, &keys).await;
        let put_after = started.elapsed();
        while relay.round("notify").await.unwrap() != Round::Idle {}
        println!("{engine:?}: put in {put_after:?}, all delivered after {:?}", started.elapsed());
        assert_eq!(receiver.with(|state| state.sizes.clone()), [500; 20]);
        assert_eq!(receiver.taken(), ids);
    }
}
