//! What a replica of the release before wrote while both ran.

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{Everyone, Tx};
use platform::testing::{Engine, eventually, on_both};
use uuid::Uuid;

use crate::world::{Customer, World, user};

/// `lease` is how often it was tried, and until when somebody works on it.
async fn announce(
    tx: &mut Tx,
    customer: &Customer,
    users: &[Uuid],
    now: DateTime<Utc>,
    lease: (i64, Option<DateTime<Utc>>),
) {
    let id = Uuid::now_v7();
    tx.query(
        "INSERT INTO announcements (organization_id, id, product, principal, create_time, lease_until,
             lease_attempt)
         VALUES ($1, $2, 'meet', $3, $4, $5, $6)",
    )
    .bind(customer.organization)
    .bind(id)
    .bind(customer.admin.key())
    .bind(now)
    .bind(lease.1)
    .bind(lease.0)
    .execute()
    .await
    .unwrap();
    for user in users {
        tx.query(
            "INSERT INTO announcement_users (organization_id, announcement_id, user_id, event_id)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(customer.organization)
        .bind(id)
        .bind(user)
        .bind(Uuid::now_v7())
        .execute()
        .await
        .unwrap();
    }
}

impl World {
    async fn left_by_the_release_before(&self) -> i64 {
        let mut tx = self.db.of(Everyone("a test looks behind the walls")).read().await.unwrap();
        tx.query("SELECT count(*) AS n FROM announcements").value("n").await.unwrap()
    }
}

on_both! {
    async fn announcements_of_the_release_before_are_told_unless_it_tells_them_itself(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let [ann, bob, eve] = [(); 3].map(|()| world.pending_user(&customer));
        for who in [ann, bob, eve] {
            world.assign(&customer, who).await.unwrap();
        }
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 3);
        let now = world.time.clock().now();
        let until = now + TimeDelta::seconds(20);
        let mut tx = world.db.of(Everyone("a test writes as the release before did")).write().await.unwrap();
        announce(&mut tx, &customer, &[eve], now, (1, Some(until))).await;
        announce(&mut tx, &customer, &[ann, bob], now, (1, None)).await;
        announce(&mut tx, &customer, &[], now, (0, None)).await;
        tx.commit().await.unwrap();

        let told = || async { world.identity.invitations().split_off(3) };
        eventually("both are told", told, |told| told.len() == 2).await;
        assert_eq!(world.left_by_the_release_before().await, 1, "somebody works on it");
        world.time.advance(TimeDelta::seconds(21));
        world.settled().await;
        let told: Vec<String> = told().await.into_iter().map(|(user, _)| user).collect();
        assert_eq!(told, [ann, bob, eve].map(|who| user(&customer, who)));
        assert_eq!(world.left_by_the_release_before().await, 0);
    }

    async fn b10_a_seat_that_the_release_before_gave_is_taken_back_untold(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let [ann, bob] = [(); 2].map(|()| world.pending_user(&customer));
        for who in [ann, bob] {
            world.assign(&customer, who).await.unwrap();
        }
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 2);
        // Not tried yet, and not before its time.
        let now = world.time.clock().now();
        let until = now + TimeDelta::seconds(20);
        let mut tx = world.db.of(Everyone("a test writes as the release before did")).write().await.unwrap();
        announce(&mut tx, &customer, &[ann, bob], now, (0, Some(until))).await;
        tx.commit().await.unwrap();
        world.release(&customer, ann).await.unwrap();
        world.time.advance(TimeDelta::seconds(21));
        world.settled().await;
        let told: Vec<String> = world.identity.invitations().into_iter().map(|(user, _)| user).collect();
        assert_eq!(told, [ann, bob, bob].map(|who| user(&customer, who)));
    }
}
