//! A request that is sent twice.

use std::sync::Arc;

use chrono::TimeDelta;
use platform::{
    db::{Db, Result},
    once::{self, Answer, CLAIM, Call, Claim, Held},
    testing::{Engine, TestClock, on_both, spawn},
};
use proto::{
    events::v1::UserDeactivated,
    refusal::{Reason, Refusal},
};
use tokio::sync::Barrier;

use crate::TABLES;

fn call(request_id: &str, body: &str) -> Call {
    Call {
        caller: "accounts/ann".into(),
        rpc: "roster.test.v1.Things/Create",
        request_id: request_id.into(),
        fingerprint: once::fingerprint(&body.to_owned()),
    }
}

fn reply(text: &str) -> Answer {
    Answer::reply(&UserDeactivated { user: text.into() })
}

/// One use case: raises the counter and answers with its value, unless it was done before.
async fn raise(db: &Db, call: &Call, time: &TestClock) -> Result<Claim> {
    let mut tx = db.write().await?;
    let claim = once::begin(&mut tx, call, time.clock().now()).await?;
    if claim == Claim::New {
        tx.query("UPDATE counters SET value = value + 1").execute().await?;
        once::store(&mut tx, call, &reply("raised")).await?;
        tx.commit().await?;
    }
    Ok(claim)
}

async fn raised(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    tx.query("SELECT value FROM counters").value("value").await.unwrap()
}

/// The first transaction of several.
async fn begun<'a>(db: &Db, call: &'a Call, time: &TestClock) -> Held<'a> {
    let (mut tx, since) = (db.write().await.unwrap(), time.clock().now());
    assert_eq!(once::begin(&mut tx, call, since).await.unwrap(), Claim::New);
    tx.commit().await.unwrap();
    Held { call, since }
}

async fn given_back(db: &Db, held: Held<'_>) -> bool {
    let mut tx = db.write().await.unwrap();
    let ours = held.forget(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    ours
}

async fn answered(db: &Db, held: Held<'_>, text: &str) -> bool {
    let mut tx = db.write().await.unwrap();
    let ours = held.store(&mut tx, &reply(text)).await.unwrap();
    tx.commit().await.unwrap();
    ours
}

on_both! {
    async fn n13_a_repeat_gets_the_stored_answer_and_has_no_effect(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        assert_eq!(raise(&db, &call("r1", "a"), &time).await.unwrap(), Claim::New);
        assert_eq!(raise(&db, &call("r1", "a"), &time).await.unwrap(), Claim::Replay(reply("raised")));
        assert_eq!(raise(&db, &call("r2", "a"), &time).await.unwrap(), Claim::New);
        assert_eq!(raised(&db).await, 2);
    }

    async fn n13_the_same_id_with_another_body_is_refused(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let first_time = time.clock().now();
        raise(&db, &call("r1", "a"), &time).await.unwrap();
        time.advance(TimeDelta::hours(1));
        let claim = raise(&db, &call("r1", "b"), &time).await.unwrap();
        assert_eq!(claim, Claim::Reused { first_time });
        assert_eq!(claim.replay().unwrap_err().reason, Reason::IdempotencyKeyReused);
        assert_eq!(raised(&db).await, 1);
    }

    async fn n13_an_id_belongs_to_its_caller_and_rpc(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let other_caller = Call { caller: "accounts/bob".into(), ..call("r1", "a") };
        let other_rpc = Call { rpc: "roster.test.v1.Things/Delete", ..call("r1", "a") };
        for call in [call("r1", "a"), other_caller, other_rpc] {
            assert_eq!(raise(&db, &call, &time).await.unwrap(), Claim::New);
        }
    }

    async fn n13_sixteen_at_once_have_one_effect(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let start = Arc::new(Barrier::new(16));
        let tasks = (0..16).map(|_| {
            let (db, time, start) = (db.clone(), time.clone(), start.clone());
            spawn(async move {
                start.wait().await;
                raise(&db, &call("r1", "a"), &time).await
            })
        });
        let mut new = 0;
        for claim in futures::future::join_all(tasks).await {
            match claim.unwrap().unwrap() {
                Claim::New => new += 1,
                Claim::Replay(answer) => assert_eq!(answer, reply("raised")),
                Claim::InProgress => {}
                Claim::Reused { .. } => panic!("the body was the same"),
            }
        }
        assert_eq!((new, raised(&db).await), (1, 1));
    }

    async fn n13_a_call_of_several_transactions_is_in_progress_until_it_is_answered(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let call = call("r1", "a");
        let begin = async || {
            let mut tx = db.write().await.unwrap();
            let claim = once::begin(&mut tx, &call, time.clock().now()).await.unwrap();
            tx.commit().await.unwrap();
            claim
        };
        assert_eq!(begin().await, Claim::New);
        assert_eq!(begin().await, Claim::InProgress);
        assert_eq!(begin().await.replay().unwrap_err().reason, Reason::RequestInProgress);
        time.advance(CLAIM);
        assert_eq!(begin().await, Claim::New, "whoever began it is taken for dead");
        let mut tx = db.write().await.unwrap();
        once::store(&mut tx, &call, &reply("done")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(begin().await, Claim::Replay(reply("done")));
    }

    async fn n13_a_call_that_gave_its_claim_back_may_be_repeated_at_once(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let call = call("r1", "a");
        let held = begun(&db, &call, &time).await;
        assert!(given_back(&db, held).await);
        assert_eq!(raise(&db, &call, &time).await.unwrap(), Claim::New);
        assert!(!given_back(&db, held).await);
        let again = raise(&db, &call, &time).await.unwrap();
        assert!(matches!(again, Claim::Replay(_)), "an answer is not given back");
    }

    async fn n13_who_lost_its_claim_neither_gives_it_back_nor_answers(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let call = call("r1", "a");
        let lost = begun(&db, &call, &time).await;
        time.advance(CLAIM);
        let held = begun(&db, &call, &time).await;
        assert!(!given_back(&db, lost).await);
        assert!(!answered(&db, lost, "late").await);
        assert_eq!(raise(&db, &call, &time).await.unwrap(), Claim::InProgress, "it is the second one's");
        assert!(answered(&db, held, "done").await);
        assert!(!answered(&db, lost, "late").await && !given_back(&db, lost).await);
        assert_eq!(raise(&db, &call, &time).await.unwrap(), Claim::Replay(reply("done")));
    }

    async fn n13_a_call_without_an_id_loses_nothing(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let call = call("", "a");
        let held = begun(&db, &call, &time).await;
        time.advance(CLAIM);
        begun(&db, &call, &time).await;
        assert!(answered(&db, held, "done").await && given_back(&db, held).await);
    }

    async fn n13_an_effect_that_was_rolled_back_left_no_answer(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let mut tx = db.write().await.unwrap();
        once::begin(&mut tx, &call("r1", "a"), time.clock().now()).await.unwrap();
        once::store(&mut tx, &call("r1", "a"), &reply("never")).await.unwrap();
        drop(tx);
        assert_eq!(raise(&db, &call("r1", "a"), &time).await.unwrap(), Claim::New);
    }

    async fn n13_after_24_hours_an_id_is_new(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        raise(&db, &call("r1", "a"), &time).await.unwrap();
        time.advance(once::KEPT - TimeDelta::microseconds(1));
        assert!(matches!(raise(&db, &call("r1", "a"), &time).await.unwrap(), Claim::Replay(_)));
        time.advance(TimeDelta::microseconds(1));
        assert_eq!(raise(&db, &call("r1", "b"), &time).await.unwrap(), Claim::New);
        time.advance(once::KEPT);
        let mut tx = db.write().await.unwrap();
        assert_eq!(once::clean(&mut tx, time.clock().now()).await.unwrap(), 1);
    }

    async fn n13_a_call_without_an_id_is_always_new(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        for _ in 0..2 {
            assert_eq!(raise(&db, &call("", "a"), &time).await.unwrap(), Claim::New);
        }
        assert_eq!(raised(&db).await, 2);
    }

    async fn n13_a_stored_refusal_comes_back_whole(engine: Engine) {
        let (db, time) = (engine.database(&TABLES).await, TestClock::new());
        let refusal = Refusal::new(Reason::EmailInUse, "taken").with("resource", "organizations/o/users/u");
        let mut tx = db.write().await.unwrap();
        once::begin(&mut tx, &call("r1", "a"), time.clock().now()).await.unwrap();
        once::store(&mut tx, &call("r1", "a"), &Answer::refusal(refusal)).await.unwrap();
        tx.commit().await.unwrap();
        let answer = raise(&db, &call("r1", "a"), &time).await.unwrap().replay().unwrap().unwrap();
        let status = answer.respond::<UserDeactivated>().unwrap_err();
        assert_eq!((status.code(), status.message()), (Reason::EmailInUse.code(), "taken"));
        assert_eq!(Refusal::reason_of(&status), Some(Reason::EmailInUse));
        assert_eq!(Refusal::metadata_of(&status, "resource").unwrap(), "organizations/o/users/u");
        assert_eq!(status.metadata().get("idempotency-replayed").unwrap(), "true");
    }
}

#[test]
fn n13_a_replayed_reply_says_so() {
    let response = reply("u").respond::<UserDeactivated>().unwrap();
    assert_eq!(response.metadata().get("idempotency-replayed").unwrap(), "true");
    assert_eq!(response.into_inner().user, "u");
}
