//! A relay and a consumer that die at any moment: no event is lost, no effect happens twice.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use platform::{
    clock::Clock,
    db::{self, Db, Error},
    inbox,
    outbox::{Relay, Round},
    peer,
    testing::{Engine, TestClock, on_both},
};
use proto::{
    events::v1::{
        DeliverRequest, DeliverResponse, Event,
        inbox_service_server::{InboxService, InboxServiceServer},
    },
    refusal::Refusal,
};
use tonic::{Request, Response, Status, service::Routes};
use uuid::Uuid;

use crate::{
    TABLES,
    receiver::{put, waiting},
};

/// Counts each event in a row of its own, in the transaction in which it remembers the event.
#[derive(Clone)]
struct Ledger {
    db: Db,
    clock: Clock,
}

impl Ledger {
    async fn consume(&self, event: &Event) -> db::Result<()> {
        let id = Uuid::try_parse(&event.id).map_err(|problem| Error::broken("event.id", problem))?;
        let mut tx = self.db.write().await?;
        if inbox::first_time(&mut tx, &event.source, id, self.clock.now()).await? {
            tx.query(
                "INSERT INTO counters (name, value) VALUES ($1, 1)
                 ON CONFLICT (name) DO UPDATE SET value = counters.value + 1",
            )
            .bind(&event.id)
            .execute()
            .await?;
        }
        tx.commit().await
    }
}

#[tonic::async_trait]
impl InboxService for Ledger {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        for event in request.into_inner().events {
            self.consume(&event).await.map_err(Refusal::from)?;
        }
        Ok(Response::new(DeliverResponse {}))
    }
}

on_both! {
    async fn killed_at_any_moment_no_event_is_lost_and_none_takes_effect_twice(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let consumer = engine.database(&TABLES).await;
        let ledger = Ledger { db: consumer.clone(), clock: time.clock() };
        let routes = Routes::new(InboxServiceServer::new(ledger));
        let relay = Relay::new(db.clone(), time.clock(), BTreeMap::from([("notify", peer::local(routes))]));
        let keys: Vec<String> = (0..60).map(|n| format!("k{}", n % 11)).collect();
        let ids = put(&db, &time.clock(), &keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
        for kill_after in (0..40).map(|n| Duration::from_micros(n * n * 40)) {
            let _ = tokio::time::timeout(kill_after, relay.round("notify")).await;
            time.advance(TimeDelta::seconds(61));
        }
        while relay.round("notify").await.unwrap() != Round::Idle {}
        assert_eq!(waiting(&db).await, 0);
        let mut tx = consumer.read().await.unwrap();
        let counted = tx.query("SELECT name, value FROM counters WHERE name <> 'total' ORDER BY name");
        let counted = counted.all(|row| Ok((row.get::<String>("name")?, row.get::<i64>("value")?)));
        let once: Vec<(String, i64)> = ids.into_iter().map(|id| (id, 1)).collect();
        assert_eq!(counted.await.unwrap(), once);
    }
}
