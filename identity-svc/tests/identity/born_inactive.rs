//! Users who are made without the Active box (D9, G10).

use std::collections::BTreeSet;

use platform::testing::{Engine, on_both};
use proto::events::v1::Event;
use proto::events::v1::event::Payload;
use proto::identity::v1::user::State;
use proto::identity::v1::{Role, User};
use proto::refusal::Reason;

use crate::world::{PASSWORD, World, person, reason};

/// Whom license-svc was told of, and whether as switched off.
fn switched(events: &[Event]) -> BTreeSet<(String, bool)> {
    let switched = |event: &Event| match event.payload.clone() {
        Some(Payload::UserDeactivated(off)) => Some((off.user, true)),
        Some(Payload::UserReactivated(on)) => Some((on.user, false)),
        _ => None,
    };
    events.iter().filter_map(switched).collect()
}

fn inactive(email: &str) -> User {
    User { active: Some(false), ..person(email, Role::Member) }
}

on_both! {
    async fn d9_who_is_made_inactive_is_told_of_as_deactivated(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let ann = owner.create(&company.name, inactive("ann@acme.example")).await.unwrap();
        let bob = owner.create_with_password(&company.name, inactive("bob@acme.example"), PASSWORD).await.unwrap();
        assert_eq!((ann.state(), bob.state()), (State::Deactivated, State::Deactivated));
        world.pending(&company, "eve@acme.example").await;
        let told = world.license.told("both", |events| events.len() >= 2).await;
        assert_eq!(switched(&told), BTreeSet::from([(ann.name.clone(), true), (bob.name, true)]));

        owner.update(User { active: Some(true), ..ann.clone() }, &["active"]).await.unwrap();
        let told = world.license.told("the third", |events| events.len() >= 3).await;
        assert_eq!(switched(&told[2..]), BTreeSet::from([(ann.name, false)]));
    }

    async fn d9_of_those_who_are_made_together_the_inactive_are_told_of(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        owner.create(&company.name, person("taken@acme.example", Role::Member)).await.unwrap();
        let made = (0..32).map(|number| {
            let user = match number % 2 {
                0 => inactive(&format!("user{number}@acme.example")),
                _ => person(&format!("user{number}@acme.example"), Role::Member),
            };
            owner.create(&company.name, user)
        });
        let refused = owner.create(&company.name, inactive("taken@acme.example"));
        let (made, refused) = tokio::join!(futures::future::try_join_all(made), refused);
        assert_eq!(reason(refused), Reason::EmailInUse);
        let made = made.unwrap().into_iter().filter(|user| user.state() == State::Deactivated);
        let expected: BTreeSet<_> = made.map(|user| (user.name, true)).collect();
        assert_eq!(expected.len(), 16);
        let told = world.license.told("all of them", |events| events.len() >= 16).await;
        assert_eq!(switched(&told), expected);
    }
}
