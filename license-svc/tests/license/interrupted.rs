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

/// After how many polls the calls of a test are dropped: one more each time, until one was finished and
/// enough were cut off in the middle. How often a call rests differs with how busy the machine is.
#[derive(Default)]
struct Cuts {
    calls: usize,
    polls: usize,
    in_the_middle: usize,
    finished: bool,
}

impl Cuts {
    fn go_on(&self) -> bool {
        assert!(self.calls < 200, "{} calls were cut off in the middle", self.in_the_middle);
        !self.finished || self.in_the_middle < 3
    }

    fn count(&mut self, finished: bool) {
        self.calls += 1;
        self.finished |= finished;
        self.in_the_middle += usize::from(!finished && self.polls > 0);
        self.polls = if finished { 1 } else { self.polls + 1 };
    }
}

on_both! {
    async fn a8_a_mapping_that_dies_anywhere_makes_one_organization_and_one_grant(engine: Engine) {
        let world = World::start(engine).await;
        // Nobody but the buyer goes on with it here.
        world.process.spawner.stop(std::time::Duration::from_secs(5)).await;
        let mut cuts = Cuts::default();
        while cuts.go_on() {
            let email = format!("buyer-{}@example.com", cuts.calls);
            let buyer = world.account(&email);
            let token = world.paid_without_mail(&email, 10).await;
            let request = MapPurchaseRequest {
                token,
                target: Some(Target::NewOrganization(NewOrganization { display_name: "Acme".into() })),
                request_id: "click".into(),
            };
            let mut first = world.purchases(&buyer);
            let finished = interrupted(first.map_purchase(request.clone()), cuts.polls).await;
            world.time.advance(TimeDelta::seconds(61));
            let mapped = world.purchases(&buyer).map_purchase(request).await.unwrap().into_inner();
            cuts.count(finished);
            assert_eq!(world.identity.organizations(), cuts.calls, "one for each buyer");
            let organization = mapped.organization.strip_prefix("organizations/").unwrap().parse().unwrap();
            let pool = world.pool(&Customer { organization, admin: buyer }).await;
            assert_eq!(pool.purchased_count, 10);
            assert_eq!(world.broken().await, []);
        }
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
        let mut cuts = Cuts::default();
        while cuts.go_on() {
            let call = cuts.calls;
            let line = |name: &str, license_enabled| Line {
                email: format!("{name}-{call}@example.com"),
                license_enabled,
                ..Line::default()
            };
            let request = InviteUsersRequest {
                parent: format!("organizations/{}", customer.organization),
                product: "meet".into(),
                lines: vec![line("on", true), line("off", false)],
                request_id: format!("call-{call}"),
            };
            let mut first = world.licenses(&customer.admin);
            let finished = interrupted(first.invite_users(request.clone()), cuts.polls).await;
            world.time.advance(TimeDelta::seconds(61));
            let answer = world.licenses(&customer.admin).invite_users(request).await.unwrap().into_inner();
            let outcomes: Vec<Outcome> = answer.results.iter().map(|result| result.outcome()).collect();
            assert_eq!(outcomes, [Outcome::Invited, Outcome::Added]);
            cuts.count(finished);
            let pool = world.pool(&customer).await;
            assert_eq!((pool.held_count, pool.reserved_count), (i32::try_from(cuts.calls).unwrap(), 0));
        }
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), cuts.calls);
    }
}
