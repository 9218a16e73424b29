//! A checker that nothing can alarm guards nothing (N2, N3).

use platform::db::Everyone;
use platform::testing::{Engine, on_both};

use crate::world::World;

/// Each damage, and the rule that must notice it.
const DAMAGES: [(&str, &str); 7] = [
    ("UPDATE pools SET held = held + 1", "pool.held_is_what_users_hold"),
    ("UPDATE pools SET reserved = reserved + 1", "pool.reserved_is_what_is_set_aside"),
    ("UPDATE pools SET purchased = purchased + 1", "pool.purchased_is_what_was_granted"),
    ("DELETE FROM seat_events", "ledger.replays_to_the_seats"),
    ("DELETE FROM seats", "ledger.replays_to_the_seats"),
    ("DELETE FROM pool_grants", "purchase.mapped_once_and_whole"),
    ("UPDATE purchases SET state = 'MAPPING', organization_id = NULL", "mapping.drained"),
];

on_both! {
    async fn n2_every_damage_is_found(engine: Engine) {
        for (damage, invariant) in DAMAGES {
            let world = World::start(engine).await;
            let customer = world.customer(10).await;
            world.assign(&customer, world.pending_user(&customer)).await.unwrap();
            world.settled().await;
            world.process.spawner.stop(std::time::Duration::from_secs(5)).await;
            let mut tx = world.db.of(Everyone("a test looks behind the walls")).write().await.unwrap();
            assert!(tx.query(damage).execute().await.unwrap() > 0);
            tx.commit().await.unwrap();
            let findings = license_svc::check(&world.db).await.unwrap();
            assert!(findings.iter().any(|finding| finding.invariant == invariant), "{damage}: {findings:?}");
        }
    }

    /// On PostgreSQL no foreign key refuses it (docs/adr/0011).
    async fn n2_a_seat_of_no_pool_is_refused_or_named(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        world.assign(&customer, world.pending_user(&customer)).await.unwrap();
        world.settled().await;
        let mut tx = world.db.of(Everyone("a test looks behind the walls")).write().await.unwrap();
        let damaged = tx.query("UPDATE seats SET product = 'phone'").execute().await;
        if engine == Engine::Sqlite {
            assert!(damaged.is_err());
            return;
        }
        assert_eq!(damaged.unwrap(), 1);
        tx.commit().await.unwrap();
        let findings = license_svc::check(&world.db).await.unwrap();
        assert!(findings.iter().any(|finding| finding.invariant == "seat.has_a_pool"), "{findings:?}");
    }

    async fn n2_the_database_itself_refuses_a_seat_too_many(engine: Engine) {
        let world = World::start(engine).await;
        world.customer(1).await;
        let mut tx = world.db.of(Everyone("a test looks behind the walls")).write().await.unwrap();
        assert!(tx.query("UPDATE pools SET held = 2").execute().await.is_err());
    }
}
