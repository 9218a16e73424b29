//! What is stored holds together, in both dialects.

use platform::db::Everyone;
use platform::testing::{Engine, assert_parity, on_both};
use proto::identity::v1::{Onboarding, Role};

use crate::world::{World, id, person};

#[tokio::test(flavor = "multi_thread")]
async fn both_dialects_make_the_same_tables() {
    assert_parity(&identity_svc::MIGRATIONS).await;
}

on_both! {
    async fn the_check_finds_nothing_after_a_day_s_work_and_names_what_is_broken(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        owner.create_organization("Customer", &company.name).await.unwrap();
        let user = person("ann@acme.example", Role::Member);
        let user = owner.create_as(&company.name, user, Onboarding::InviteNow, "").await.unwrap();
        let token = world.token_for("ann@acme.example").await;
        world.anybody().redeem(&token, crate::world::PASSWORD).await.unwrap();
        let clock = world.time.clock();
        assert_eq!(identity_svc::check(&world.db, &clock).await.unwrap(), []);
        let mut tx = world.db.of(Everyone("a test looks behind the walls")).write().await.unwrap();
        tx.query("UPDATE users SET active = FALSE WHERE role = 'OWNER'").execute().await.unwrap();
        tx.query("UPDATE users SET email = 'b@acme.example' WHERE id = $1").bind(id(&user.name)).execute().await.unwrap();
        tx.commit().await.unwrap();
        let findings = identity_svc::check(&world.db, &clock).await.unwrap();
        let broken: Vec<&str> = findings.iter().map(|finding| finding.invariant).collect();
        assert_eq!(broken, [
            "every organization has an active Owner",
            "every organization has an active Owner",
            "a user's address is its account's address",
        ]);
    }

    /// On PostgreSQL no foreign key refuses them (docs/adr/0011).
    async fn who_belongs_nowhere_is_refused_or_named(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let user = person("ann@acme.example", Role::Member);
        owner.create_as(&company.name, user, Onboarding::InviteNow, "").await.unwrap();
        for (damage, invariant) in [
            ("UPDATE links SET user_id = organization_id", "a link leads to a user who is there"),
            ("UPDATE users SET organization_id = id WHERE role = 'MEMBER'", "a user belongs to an organization that is there"),
        ] {
            let mut tx = world.db.of(Everyone("a test looks behind the walls")).write().await.unwrap();
            let done = tx.query(damage).execute().await;
            if engine == Engine::Sqlite {
                assert!(done.is_err(), "{damage}");
                continue;
            }
            assert!(done.unwrap() > 0);
            tx.commit().await.unwrap();
            let findings = identity_svc::check(&world.db, &world.time.clock()).await.unwrap();
            assert!(findings.iter().any(|finding| finding.invariant == invariant), "{damage}: {findings:?}");
        }
    }

    async fn what_is_over_is_forgotten_in_time(engine: Engine) {
        let mut world = World::new(engine).await;
        let company = world.company("acme").await;
        world.session_token(&company.owner_email, crate::world::PASSWORD).await.unwrap();
        world.time.advance(chrono::TimeDelta::days(1));
        world.restart().await;
        let count = || async {
            let mut tx = world.db.read().await.unwrap();
            tx.query("SELECT count(*) AS n FROM sessions").value::<i64>("n").await.unwrap()
        };
        platform::testing::eventually("the session is forgotten", count, |left| *left == 0).await;
    }
}
