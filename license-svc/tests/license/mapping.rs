//! The buyer chooses where the licences go (A3 to A11), and what a crash cannot break.

use chrono::TimeDelta;
use platform::caller::Principal;
use platform::testing::{Engine, eventually, on_both};
use proto::license::v1::map_purchase_request::{NewOrganization, Target};
use proto::license::v1::purchase::State;
use proto::license::v1::{GetPurchaseRequest, InspectPurchaseLinkRequest, MapPurchaseRequest, Purchase};
use proto::refusal::{Reason, Refusal};
use tonic::Code;
use uuid::Uuid;

use crate::world::{Customer, Fault, World, order, reason};

fn new(display_name: &str) -> Target {
    Target::NewOrganization(NewOrganization { display_name: display_name.into() })
}

fn existing(organization: Uuid) -> Target {
    Target::ExistingOrganization(format!("organizations/{organization}"))
}

fn customer_of(organization: &str, admin: &Principal) -> Customer {
    let organization = organization.strip_prefix("organizations/").unwrap().parse().unwrap();
    Customer { organization, admin: admin.clone() }
}

impl World {
    async fn purchase(&self, name: &str) -> Purchase {
        let request = GetPurchaseRequest { name: name.into() };
        self.purchases(&self.shop()).get_purchase(request).await.unwrap().into_inner()
    }

    /// A paid purchase of 10 `meet` for a fresh buyer: its name, its token, the buyer.
    async fn bought(&self) -> (String, String, Principal) {
        let email = format!("{}@example.com", Uuid::now_v7().simple());
        let paid = order(&email, &email, &[("meet", 10)], State::Paid);
        let name = self.record(paid).await.unwrap().name;
        let token = self.token_of(&name).await;
        (name, token, self.account(&email))
    }
}

on_both! {
    async fn a3_a_buyer_makes_an_organization_that_holds_the_licences(engine: Engine) {
        let world = World::start(engine).await;
        let (name, token, buyer) = world.bought().await;
        let mapped = world.map(&buyer, &token, new(" Acme ")).await.unwrap();
        assert_eq!(mapped.organization_display_name, "Acme");
        assert_eq!(mapped.lines[0].seat_count, 10);
        // Being its Owner, the buyer sees the pool.
        let pool = world.pool(&customer_of(&mapped.organization, &buyer)).await;
        assert_eq!((pool.purchased_count, pool.held_count, pool.free_count), (10, 0, 10));
        let purchase = world.purchase(&name).await;
        assert_eq!((purchase.state(), purchase.organization), (State::Mapped, mapped.organization));
        world.settled().await;
    }

    async fn a5_mapping_raises_the_pool_by_exactly_n(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let users: Vec<Uuid> = (0..3).map(|_| world.pending_user(&customer)).collect();
        for user in &users {
            world.assign(&customer, *user).await.unwrap();
        }
        let buyer = world.account("second@example.com");
        world.identity.admin(customer.organization, &buyer);
        let token = world.paid("second@example.com", &[("meet", 25)]).await;
        world.map(&buyer, &token, existing(customer.organization)).await.unwrap();
        let pool = world.pool(&customer).await;
        assert_eq!((pool.purchased_count, pool.held_count, pool.free_count), (35, 3, 32));
        for user in users {
            assert!(world.assign(&customer, user).await.unwrap().held);
        }
        assert_eq!(world.pool(&customer).await.held_count, 3, "earlier seats are untouched");
        world.settled().await;
    }

    async fn a6_one_buyer_may_own_several_organizations(engine: Engine) {
        let world = World::start(engine).await;
        let buyer = world.account("ann@example.com");
        let first = world.paid("ann@example.com", &[("meet", 1)]).await;
        let second = world.paid("ann@example.com", &[("meet", 2)]).await;
        let first = world.map(&buyer, &first, new("One")).await.unwrap().organization;
        let second = world.map(&buyer, &second, new("Two")).await.unwrap().organization;
        assert_ne!(first, second);
        assert_eq!(world.pool(&customer_of(&first, &buyer)).await.purchased_count, 1);
        assert_eq!(world.pool(&customer_of(&second, &buyer)).await.purchased_count, 2);
    }

    async fn a7_an_organization_of_another_customer_is_refused(engine: Engine) {
        let world = World::start(engine).await;
        let stranger = world.customer(10).await;
        let (name, token, buyer) = world.bought().await;
        for organization in [stranger.organization, Uuid::now_v7()] {
            let refused = world.map(&buyer, &token, existing(organization)).await.unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied);
        }
        assert_eq!(world.pool(&stranger).await.purchased_count, 10);
        assert_eq!(world.purchase(&name).await.state(), State::Paid);
    }

    async fn q30_an_admin_of_the_organization_maps_to_it_and_a_member_does_not(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let member = world.account("member@example.com");
        let theirs = world.paid("member@example.com", &[("meet", 1)]).await;
        world.identity.member(customer.organization, &member);
        let refused = world.map(&member, &theirs, existing(customer.organization)).await;
        assert_eq!(reason(refused), Reason::PermissionDenied);
        assert_eq!(world.pool(&customer).await.purchased_count, 10);
        let admin = world.account("admin@example.com");
        let theirs = world.paid("admin@example.com", &[("meet", 1)]).await;
        world.identity.admin(customer.organization, &admin);
        world.map(&admin, &theirs, existing(customer.organization)).await.unwrap();
        assert_eq!(world.pool(&customer).await.purchased_count, 11);
        world.settled().await;
    }

    async fn a7_only_the_buyer_uses_the_link(engine: Engine) {
        let world = World::start(engine).await;
        let (_, token, _) = world.bought().await;
        let thief = world.account("thief@example.com");
        assert_eq!(reason(world.map(&thief, &token, new("Mine")).await), Reason::PermissionDenied);
        let nobody = world.map(&Principal::Anonymous, &token, new("Mine")).await;
        assert_eq!(reason(nobody), Reason::SessionMissing);
        assert_eq!(world.identity.organizations(), 0);
    }

    async fn a8_a_purchase_is_mapped_once(engine: Engine) {
        let world = World::start(engine).await;
        let (_, token, buyer) = world.bought().await;
        let first = world.map(&buyer, &token, new("Acme")).await.unwrap();
        assert_eq!(world.map(&buyer, &token, new("Acme")).await.unwrap(), first);
        let refused = world.map(&buyer, &token, new("Other")).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&refused), Some(Reason::PurchaseAlreadyMapped));
        assert_eq!(Refusal::metadata_of(&refused, "organization"), Some(first.organization.clone()));
        assert_eq!(world.identity.organizations(), 1);

        // The same link shows where it went, to who may see it, even when it is old.
        world.time.advance(TimeDelta::days(40));
        let look = InspectPurchaseLinkRequest { token };
        let shown = world.purchases(&buyer).inspect_purchase_link(look.clone()).await.unwrap().into_inner();
        assert_eq!((shown.state(), shown.organization), (State::Mapped, first.organization.clone()));
        let mut nobody = world.purchases(&Principal::Anonymous);
        assert!(nobody.inspect_purchase_link(look).await.unwrap().into_inner().organization.is_empty());
        assert_eq!(world.pool(&customer_of(&first.organization, &buyer)).await.purchased_count, 10);
        world.settled().await;
    }

    async fn a8_a_double_click_makes_one_organization(engine: Engine) {
        let world = World::start(engine).await;
        let (_, token, buyer) = world.bought().await;
        let clicks = (0..8).map(|_| world.map(&buyer, &token, new("Acme")));
        let answers = futures::future::join_all(clicks).await;
        let mapped: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
        assert!(mapped.iter().all(|answer| *answer == mapped[0]));
        assert_eq!(world.identity.organizations(), 1);
        assert_eq!(world.pool(&customer_of(&mapped[0].organization, &buyer)).await.purchased_count, 10);
        world.settled().await;
    }

    async fn a8_a_lost_answer_of_the_first_step_never_makes_a_second_organization(engine: Engine) {
        let world = World::start(engine).await;
        let (name, token, buyer) = world.bought().await;
        world.identity.fail("CreateOrganization", 1, Fault::After);
        let request = MapPurchaseRequest {
            token: token.clone(),
            target: Some(new("Acme")),
            request_id: "click".into(),
        };
        let lost = world.purchases(&buyer).map_purchase(request.clone()).await.unwrap_err();
        assert_eq!(lost.code(), Code::Unavailable);
        let again = world.purchases(&buyer).map_purchase(request).await.unwrap().into_inner();
        assert_eq!(world.identity.organizations(), 1);
        assert_eq!(world.purchase(&name).await.organization, again.organization);
        assert_eq!(world.pool(&customer_of(&again.organization, &buyer)).await.purchased_count, 10);
        world.settled().await;
    }

    async fn a8_a_mapping_whose_request_died_is_finished_by_the_sweeper(engine: Engine) {
        let world = World::start(engine).await;
        let (name, token, buyer) = world.bought().await;
        world.identity.fail("CreateOrganization", 2, Fault::After);
        assert_eq!(reason(world.map(&buyer, &token, new("Acme")).await), Reason::DependencyUnavailable);
        // The buyer closes the page; time passes and identity-svc is back.
        let look = || async {
            world.time.advance(TimeDelta::seconds(2));
            world.purchase(&name).await
        };
        let mapped = eventually("the mapping ends", look, |found| found.state() == State::Mapped).await;
        assert_eq!(world.identity.organizations(), 1);
        assert_eq!(world.pool(&customer_of(&mapped.organization, &buyer)).await.purchased_count, 10);
        world.settled().await;
    }

    async fn a8_a_choice_that_was_refused_leaves_the_purchase_as_it_was(engine: Engine) {
        let world = World::start(engine).await;
        let (name, token, buyer) = world.bought().await;
        world.identity.fail("CreateOrganization", 1, Fault::Refused);
        let refused = world.map(&buyer, &token, new("Acme")).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert_eq!(world.purchase(&name).await.state(), State::Paid);
        let mapped = world.map(&buyer, &token, new("Another name")).await.unwrap();
        assert_eq!(mapped.organization_display_name, "Another name");
        world.settled().await;
    }

    async fn a8_while_one_choice_is_carried_out_another_has_to_wait(engine: Engine) {
        let world = World::start(engine).await;
        let (_, token, buyer) = world.bought().await;
        world.identity.fail("CreateOrganization", u32::MAX, Fault::Before);
        assert_eq!(reason(world.map(&buyer, &token, new("Acme")).await), Reason::DependencyUnavailable);
        assert_eq!(reason(world.map(&buyer, &token, new("Other")).await), Reason::RequestInProgress);
        let bad = world.map(&buyer, &token, new("")).await.unwrap_err();
        assert_eq!(Refusal::violations_of(&bad)[0].field, "new_organization.display_name");
    }

    async fn a11_products_have_their_own_counts(engine: Engine) {
        let world = World::start(engine).await;
        let buyer = world.account("ann@example.com");
        let token = world.paid("ann@example.com", &[("meet", 5), ("ip-phone", 7)]).await;
        let mapped = world.map(&buyer, &token, new("Acme")).await.unwrap();
        let customer = customer_of(&mapped.organization, &buyer);
        let user = world.pending_user(&customer);
        world.assign(&customer, user).await.unwrap();
        let (meet, phone) = (world.pool(&customer).await, world.pool_of(&customer, "ip-phone").await);
        assert_eq!((meet.purchased_count, meet.held_count), (5, 1));
        assert_eq!((phone.purchased_count, phone.held_count), (7, 0));
        world.settled().await;
    }
}
