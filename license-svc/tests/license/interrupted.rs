//! A call that dies between any two of its steps, and its repeat (A8, B5).
//!
//! The call is dropped after so many polls, as when its caller goes away or its process is stopped; the
//! repeat comes when the claim of the first has ended.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use chrono::TimeDelta;
use platform::testing::{Engine, on_both};
use proto::license::v1::invite_users_request::Line;
use proto::license::v1::invite_users_response::Outcome;
use proto::license::v1::map_purchase_request::{NewOrganization, Target};
use proto::license::v1::{InviteUsersRequest, MapPurchaseRequest};

use crate::world::{Customer, Fault, World};

/// Polls `future` at most so often and drops it; tells whether it was finished by then.
async fn interrupted<T>(future: impl Future<Output = T>, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

on_both! {
    async fn a8_a_mapping_that_dies_anywhere_makes_one_organization_and_one_grant(engine: Engine) {
        let world = World::start(engine).await;
        // Nobody but the buyer goes on with it here.
        world.process.spawner.stop(std::time::Duration::from_secs(5)).await;
        let mut finished = false;
        let mut polls = 0;
        while !finished {
            let email = format!("buyer-{polls}@example.com");
            let buyer = world.account(&email);
            let token = world.paid_without_mail(&email, 10).await;
            let request = MapPurchaseRequest {
                token,
                target: Some(Target::NewOrganization(NewOrganization { display_name: "Acme".into() })),
                request_id: "click".into(),
            };
            let mut first = world.purchases(&buyer);
            finished = interrupted(first.map_purchase(request.clone()), polls).await;
            world.time.advance(TimeDelta::seconds(61));
            let mapped = world.purchases(&buyer).map_purchase(request).await.unwrap().into_inner();
            polls += 1;
            assert_eq!(world.identity.organizations(), polls, "one for each buyer");
            let organization = mapped.organization.strip_prefix("organizations/").unwrap().parse().unwrap();
            let pool = world.pool(&Customer { organization, admin: buyer }).await;
            assert_eq!(pool.purchased_count, 10);
            assert_eq!(world.broken().await, []);
        }
        assert!(polls > 3, "it was interrupted in the middle, too");
    }

    async fn a8_another_credential_of_the_buyer_goes_on_with_the_same_organization(engine: Engine) {
        let world = World::start(engine).await;
        world.process.spawner.stop(std::time::Duration::from_secs(5)).await;
        let browser = world.account("buyer@example.com");
        let program = world.account("buyer@example.com");
        let token = world.paid_without_mail("buyer@example.com", 10).await;
        let request = |request_id: &str| MapPurchaseRequest {
            token: token.clone(),
            target: Some(Target::NewOrganization(NewOrganization { display_name: "Acme".into() })),
            request_id: request_id.into(),
        };
        world.identity.fail("CreateOrganization", 1, Fault::After);
        world.purchases(&browser).map_purchase(request("click")).await.unwrap_err();
        world.purchases(&program).map_purchase(request("call")).await.unwrap_err();
        assert_eq!(world.identity.organizations(), 1, "the second found the first one's, which is not its own");
        world.purchases(&browser).map_purchase(request("click")).await.unwrap();
        assert_eq!((world.identity.organizations(), world.broken().await), (1, vec![]));
    }

    async fn b5_an_invite_that_dies_anywhere_takes_one_seat_and_answers_the_same(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1000).await;
        let mut finished = false;
        let mut polls = 0;
        while !finished {
            let line = |name: &str, license_enabled| Line {
                email: format!("{name}-{polls}@example.com"),
                license_enabled,
                ..Line::default()
            };
            let request = InviteUsersRequest {
                parent: format!("organizations/{}", customer.organization),
                product: "meet".into(),
                lines: vec![line("on", true), line("off", false)],
                request_id: format!("call-{polls}"),
            };
            let mut first = world.licenses(&customer.admin);
            finished = interrupted(first.invite_users(request.clone()), polls).await;
            world.time.advance(TimeDelta::seconds(61));
            let answer = world.licenses(&customer.admin).invite_users(request).await.unwrap().into_inner();
            let outcomes: Vec<Outcome> = answer.results.iter().map(|result| result.outcome()).collect();
            assert_eq!(outcomes, [Outcome::Invited, Outcome::Added]);
            polls += 1;
            let pool = world.pool(&customer).await;
            assert_eq!((pool.held_count, pool.reserved_count), (i32::try_from(polls).unwrap(), 0));
        }
        assert!(polls > 3, "it was interrupted in the middle, too");
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), polls);
    }
}
