//! One user, asked for by many at the same time.

use futures::FutureExt as _;
use futures::future::join_all;
use platform::db::Everyone;
use platform::testing::{Engine, on_both};
use proto::refusal::Reason;

use crate::directory::upsert;
use crate::world::{World, id, reason};

on_both! {
    async fn d2_who_asks_beside_others_gets_the_user_who_was_asked_for(engine: Engine) {
        let world = World::new(engine).await;
        let (acme, rival) = (world.company("acme").await, world.company("rival").await);
        let (owner, stranger) = (world.owner(&acme).await, world.owner(&rival).await);
        upsert(&world, &acme, 0..40).await;
        let users = owner.list(&acme.name, "").await.unwrap().users;
        let absent = format!("{}/users/0198c7a0-0000-7000-8000-000000000001", acme.name);
        let names = || users.iter().chain(&users).map(|user| &user.name).chain([&absent]);
        // Who goes away takes nobody along. On a busy machine the answer may be quicker than this one look.
        drop(owner.get(&users[0].name).now_or_never());
        let asked = join_all(names().map(|name| owner.get(name)));
        let (found, hidden) = tokio::join!(asked, join_all(names().map(|name| stranger.get(name))));
        for (name, found) in names().zip(found) {
            match name == &absent {
                true => assert_eq!(reason(found), Reason::NotFound),
                false => assert_eq!(&found.unwrap().name, name),
            }
        }
        assert!(hidden.into_iter().all(|found| reason(found) == Reason::NotFound));
    }

    async fn a_user_who_cannot_be_read_is_no_fault_of_those_who_ask_for_others(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        upsert(&world, &company, 0..20).await;
        let users = owner.list(&company.name, "").await.unwrap().users;
        let mut tx = world.db.of(Everyone("a test looks behind the walls")).write().await.unwrap();
        tx.query("UPDATE users SET role = '?' WHERE id = $1").bind(id(&users[5].name)).execute().await.unwrap();
        tx.commit().await.unwrap();
        let found = join_all(users.iter().map(|user| owner.get(&user.name))).await;
        for (user, found) in users.iter().zip(found) {
            match user.name == users[5].name {
                true => assert_eq!(reason(found), Reason::Internal),
                false => assert_eq!(found.unwrap().name, user.name),
            }
        }
    }
}
