//! Senders that fail over one mail, and what becomes of the others they have in their hands.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{Everyone, Row, Sql, Tx};
use platform::serve::Drained;
use platform::testing::{Engine, eventually, on_both};
use proto::events::v1::message_state_changed::State;
use tokio::sync::Notify;

use crate::relay::{asked_for, through};
use crate::sink::{Fault, Sink};
use crate::world::World;

const BEHIND: Everyone = Everyone("a test looks behind the walls");

/// A mail that leaves.
const LEFT: &str = "left@example.com";
/// The mail that the database takes no change of, once it was told so.
const STUCK: &str = "stuck@example.com";
const OTHER: &str = "other@example.com";

/// Longer than anybody waits for a lock or for the writer: that a wait was given up rings no bell.
const LONGER_THAN_A_LOCK: Duration = Duration::from_millis(5_500);

/// A sink that answers for each of the first mails when it is told to.
async fn holding<const MAILS: usize>() -> (Sink, [Arc<Notify>; MAILS]) {
    let go_on: [Arc<Notify>; MAILS] = std::array::from_fn(|_| Arc::default());
    (Sink::start(go_on.iter().cloned().map(Fault::Held).collect()).await, go_on)
}

/// From now on the database takes no change of the mail to [`STUCK`].
async fn stick(world: &World) {
    let mut tx = world.db.of(BEHIND).write().await.unwrap();
    if tx.is_postgres() {
        // Tables belong to their owner, not to the role that works in them.
        tx.query("SET LOCAL ROLE roster_owner").execute().await.unwrap();
    }
    let text = Sql {
        postgres: "ALTER TABLE messages ADD CONSTRAINT stuck
            CHECK (recipient_email <> 'stuck@example.com') NOT VALID",
        sqlite: "CREATE TRIGGER stuck BEFORE UPDATE ON messages
            WHEN old.recipient_email = 'stuck@example.com'
            BEGIN SELECT RAISE(ABORT, 'a test refuses it'); END",
    };
    tx.query(text).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// Nobody writes down what became of the mail to [`LEFT`] before this is dropped.
async fn lock(world: &World) -> Tx {
    let mut tx = world.db.of(BEHIND).write().await.unwrap();
    let text = "UPDATE messages SET detail = 'locked' WHERE recipient_email = $1";
    assert_eq!(tx.query(text).bind(LEFT).execute().await.unwrap(), 1);
    tx
}

async fn state(world: &World, email: &str) -> String {
    let mut tx = world.db.of(BEHIND).read().await.unwrap();
    let text = "SELECT state FROM messages WHERE recipient_email = $1";
    tx.query(text).bind(email).value("state").await.unwrap()
}

/// Until when somebody has the mail, and how often it was taken.
async fn lease(world: &World, email: &str) -> (DateTime<Utc>, i64) {
    let mut tx = world.db.of(BEHIND).read().await.unwrap();
    let text = "SELECT lease_until, lease_attempt FROM messages WHERE recipient_email = $1";
    let read = |row: &Row| Ok((row.get("lease_until")?, row.get("lease_attempt")?));
    tx.query(text).bind(email).one(read).await.unwrap()
}

async fn left(sink: &Sink, count: usize) {
    eventually("they leave", || async { sink.mails().len() }, |mails| *mails == count).await;
}

on_both! {
    async fn a_mail_that_left_is_written_down_though_another_cannot_be_given_back(engine: Engine) {
        let (sink, [go_on]) = holding::<1>().await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver([LEFT, STUCK].map(|email| world.activation(email)).into()).await.unwrap();
        asked_for(&sink, 1).await;
        stick(&world).await;

        world.process.spawner.stopping().cancel();
        go_on.notify_one();
        assert_eq!(world.process.spawner.stop(Duration::from_secs(10)).await, Drained::Clean);
        assert_eq!((sink.mails().len(), state(&world, LEFT).await.as_str()), (1, "ACCEPTED"));
        assert_eq!(lease(&world, STUCK).await.1, 1, "nobody could give it back");
    }

    async fn a_mail_that_left_is_written_down_though_its_sender_failed_over_another(engine: Engine) {
        let (sink, [first, second]) = holding::<2>().await;
        let world = World::with(engine, through(sink.port)).await;
        let mail = world.activation(LEFT);
        world.deliver(vec![world.activation(STUCK), mail.clone()]).await.unwrap();
        asked_for(&sink, 1).await;
        world.deliver(vec![world.activation(OTHER)]).await.unwrap();
        stick(&world).await;
        first.notify_one();
        asked_for(&sink, 2).await;

        let locked = lock(&world).await;
        second.notify_one();
        left(&sink, 2).await;
        tokio::time::sleep(LONGER_THAN_A_LOCK).await;
        drop(locked);

        // Whoever failed begins anew, but not before that is written down.
        asked_for(&sink, 3).await;
        let states = [state(&world, STUCK).await, state(&world, LEFT).await];
        assert_eq!(states, ["QUEUED", "ACCEPTED"]);
        let heard = world.heard(2).await;
        let is_told = heard.iter().any(|heard| heard.user == mail.ordering_key && heard.state() == State::Sent);
        assert!(is_told, "{heard:?}");
    }

    async fn a_mail_that_left_is_written_down_while_its_sender_is_at_another(engine: Engine) {
        let (sink, [first, second]) = holding::<2>().await;
        let world = World::with(engine, through(sink.port)).await;
        let mail = world.activation(LEFT);
        world.deliver(vec![mail.clone(), world.activation(OTHER)]).await.unwrap();
        asked_for(&sink, 1).await;

        let locked = lock(&world).await;
        first.notify_one();
        asked_for(&sink, 2).await;
        tokio::time::sleep(LONGER_THAN_A_LOCK).await;
        drop(locked);

        let heard = world.heard(1).await;
        assert_eq!((heard[0].user.as_str(), heard[0].state()), (mail.ordering_key.as_str(), State::Sent));
        assert_eq!(sink.mails().len(), 1, "its sender waits for the relay all the while");
        second.notify_one();
        left(&sink, 2).await;
    }

    async fn mails_that_a_slow_relay_does_not_come_to_are_put_back_at_once(engine: Engine) {
        let (sink, [first, second]) = holding::<2>().await;
        let world = World::with(engine, through(sink.port)).await;
        let (begin, term) = (world.time.clock().now(), TimeDelta::minutes(10));
        let batch = ["a@example.com", "b@example.com", "c@example.com"].map(|email| world.activation(email));
        world.deliver(batch.into()).await.unwrap();
        asked_for(&sink, 1).await;
        for email in ["b@example.com", "c@example.com"] {
            assert_eq!(lease(&world, email).await, (begin + term, 1), "{email} is in the same hands");
        }
        let slow = TimeDelta::seconds(31);
        world.time.advance(slow);
        first.notify_one();
        asked_for(&sink, 2).await;

        // The first term has minutes left. Who takes a mail within it found it free, and nothing was tried with it.
        for email in ["b@example.com", "c@example.com"] {
            assert_eq!(lease(&world, email).await, (begin + slow + term, 1), "{email} was put back");
        }
        second.notify_one();
        assert!(world.heard(3).await.iter().all(|heard| heard.state() == State::Sent));
        assert_eq!((sink.recipients().len(), sink.mails().len()), (3, 3));
    }
}
