//! May this user use this product now (B10, Q29, Q35)?

use std::time::{Duration, Instant};

use platform::caller::Principal;
use platform::testing::{Engine, eventually, on_both};
use proto::license::v1::{CheckEntitlementRequest, CheckEntitlementResponse};
use proto::refusal::Reason;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::world::{Customer, World, reason, switched, user};

impl World {
    async fn entitled(
        &self,
        who: &Principal,
        customer: &Customer,
        id: Uuid,
    ) -> Result<CheckEntitlementResponse, Status> {
        let request = CheckEntitlementRequest { user: user(customer, id), product: "meet".into() };
        self.licenses(who).check_entitlement(request).await.map(Response::into_inner)
    }

    /// "" for yes, else the reason.
    async fn answer(&self, customer: &Customer, id: Uuid) -> String {
        let answer = self.entitled(&customer.admin, customer, id).await.unwrap();
        assert_eq!(answer.entitled, answer.reason.is_empty());
        answer.reason
    }
}

on_both! {
    async fn b10_the_answer_follows_the_toggle_at_once(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = world.pending_user(&customer);
        assert_eq!(world.answer(&customer, ann).await, "NO_SEAT");
        world.assign(&customer, ann).await.unwrap();
        assert_eq!(world.answer(&customer, ann).await, "");
        world.release(&customer, ann).await.unwrap();
        assert_eq!(world.answer(&customer, ann).await, "NO_SEAT");
        let without = world.customer(0).await;
        assert_eq!(world.answer(&without, ann).await, "NO_POOL");
    }

    async fn d9_a_deactivated_user_keeps_the_seat_and_may_not_use_it(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = world.pending_user(&customer);
        world.assign(&customer, ann).await.unwrap();
        let off = switched(&customer, ann, false);
        world.deliver(vec![off.clone()]).await.unwrap();
        assert_eq!(world.answer(&customer, ann).await, "USER_DEACTIVATED");
        assert_eq!(world.pool(&customer).await.held_count, 1);
        world.deliver(vec![switched(&customer, ann, true)]).await.unwrap();
        world.deliver(vec![off]).await.unwrap();
        assert_eq!(world.answer(&customer, ann).await, "", "a delivery that is repeated changes nothing");
        world.settled().await;
    }

    async fn d9_events_count_only_from_the_service_they_name(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = world.pending_user(&customer);
        let mut forged = switched(&customer, ann, false);
        forged.source = "import".into();
        assert_eq!(reason(world.deliver(vec![forged]).await), Reason::PermissionDenied);
        let mut broken = switched(&customer, ann, false);
        broken.id = "1".into();
        assert_eq!(reason(world.deliver(vec![broken]).await), Reason::FieldViolations);
        let unknown = proto::events::v1::Event { source: "identity".into(), ..Default::default() };
        world.deliver(vec![unknown]).await.unwrap();
    }

    async fn n12_from_the_paid_order_to_the_seat_without_a_human_in_the_middle(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(3).await;
        let users: Vec<Uuid> = (0..4).map(|_| world.pending_user(&customer)).collect();
        for id in &users[..3] {
            world.assign(&customer, *id).await.unwrap();
        }
        let mut answers = Vec::new();
        for id in users {
            answers.push(world.entitled(&world.shop(), &customer, id).await.unwrap().entitled);
        }
        assert_eq!(answers, [true, true, true, false]);
    }

    async fn b10_no_answer_is_older_than_the_change_however_often_it_is_asked(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = world.pending_user(&customer);
        for _ in 0..20 {
            world.assign(&customer, ann).await.unwrap();
            let asked = (0..8).map(|_| world.answer(&customer, ann));
            assert!(futures::future::join_all(asked).await.iter().all(String::is_empty));
            let (released, _) = tokio::join!(
                world.release(&customer, ann),
                futures::future::join_all((0..8).map(|_| world.answer(&customer, ann))),
            );
            released.unwrap();
            assert_eq!(world.answer(&customer, ann).await, "NO_SEAT");
        }
    }

    async fn b10_another_replica_knows_within_a_second(engine: Engine) {
        let mut world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = world.pending_user(&customer);
        world.assign(&customer, ann).await.unwrap();
        let request = CheckEntitlementRequest { user: user(&customer, ann), product: "meet".into() };
        let mut there = world.licenses(&customer.admin);
        assert!(there.check_entitlement(request.clone()).await.unwrap().into_inner().entitled);
        world.on_a_second_replica().await;
        world.release(&customer, ann).await.unwrap();
        let released = Instant::now();
        let ask = || async {
            there.clone().check_entitlement(request.clone()).await.unwrap().into_inner().entitled
        };
        eventually("the first replica knows", ask, |entitled| !entitled).await;
        assert!(released.elapsed() < Duration::from_millis(1500), "a slow machine aside");
    }

    async fn q35_a_platform_client_asks_about_anybody_others_about_their_own(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = world.pending_user(&customer);
        world.assign(&customer, ann).await.unwrap();
        assert!(world.entitled(&world.shop(), &customer, ann).await.unwrap().entitled);
        let key = |organization| Principal::Client { client: Uuid::now_v7(), organization, user: None };
        let own = key(Some(customer.organization));
        world.identity.admin(customer.organization, &own);
        assert!(world.entitled(&own, &customer, ann).await.unwrap().entitled);
        let foreign = key(Some(world.customer(0).await.organization));
        assert_eq!(reason(world.entitled(&foreign, &customer, ann).await), Reason::NotFound);
        let powerless = key(None);
        assert_eq!(reason(world.entitled(&powerless, &customer, ann).await), Reason::PermissionDenied);
        let nobody = world.entitled(&Principal::Anonymous, &customer, ann).await;
        assert_eq!(reason(nobody), Reason::SessionMissing);
    }
}
