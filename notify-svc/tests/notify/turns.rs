//! Whose mail leaves first.

use std::sync::Arc;

use platform::testing::{Engine, eventually, on_both};
use proto::events::v1::Event;
use tokio::sync::Notify;

use crate::relay::{asked_for, through};
use crate::sink::{Fault, Sink};
use crate::world::World;

const MANY: usize = 10_000;
const OTHER: &str = "organizations/0198c7a0-0000-7000-8000-000000000002";

fn of(organization: &str, event: Event) -> Event {
    Event { organization: organization.into(), ..event }
}

/// So many mails that the queue holds them all while the first is on its way.
async fn a_flood(world: &World, sink: &Sink) {
    world.deliver(vec![world.activation("first@many.example")]).await.unwrap();
    asked_for(sink, 1).await;
    for batch in 0..MANY / 1000 {
        let mail = |number| world.activation(&format!("p{batch}-{number}@many.example"));
        world.deliver((0..1000).map(mail).collect()).await.unwrap();
    }
}

/// Where in the order of leaving the mails to a domain are.
fn places(sink: &Sink, domain: &str) -> Vec<usize> {
    let recipients = sink.recipients();
    (0..recipients.len()).filter(|place| recipients[*place].contains(domain)).collect()
}

on_both! {
    async fn m3_one_mail_does_not_wait_behind_10_000_of_another_organization(engine: Engine) {
        let go_on = Arc::new(Notify::new());
        let sink = Sink::start(vec![Fault::Held(go_on.clone())]).await;
        let world = World::with(engine, through(sink.port)).await;
        a_flood(&world, &sink).await;
        let others = [(OTHER, "ann@few.example"), ("", "buyer@shop.example"), (OTHER, "bob@few.example")];
        let others = others.map(|(organization, email)| of(organization, world.activation(email)));
        world.deliver(others.into()).await.unwrap();
        go_on.notify_one();

        let recipients = || async { sink.recipients().len() };
        eventually("two turns leave", recipients, |count| *count >= 6).await;
        let (few, shop) = (places(&sink, "@few.example"), places(&sink, "@shop.example"));
        assert_eq!((few.len(), shop.len()), (2, 1), "{:?}", sink.recipients());
        // One of each of the three lines a turn, after the one that was on its way.
        assert!(few[0] <= 3 && shop[0] <= 3 && few[1] <= 5, "{few:?} {shop:?}");
    }
}
