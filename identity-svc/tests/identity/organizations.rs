//! Organizations: one's own, customers, and who sees them.

use platform::testing::{Engine, on_both};
use proto::identity::v1::{
    CreateAccountRequest, GetOrganizationRequest, ListOrganizationsRequest, Permission, Role,
};
use proto::refusal::Reason;

use crate::world::{Calls, PASSWORD, World, bad_fields, reason};

async fn names(calls: &Calls, filter: &str) -> Vec<String> {
    let request = ListOrganizationsRequest { filter: filter.into(), ..ListOrganizationsRequest::default() };
    let page = calls.organizations().list_organizations(request).await.unwrap().into_inner();
    assert_eq!(usize::try_from(page.total_size).unwrap(), page.organizations.len());
    page.organizations.into_iter().map(|organization| organization.display_name).collect()
}

on_both! {
    async fn a3_a10_a_buyer_without_organization_signs_up_and_makes_one(engine: Engine) {
        let world = World::new(engine).await;
        let request = CreateAccountRequest {
            email: "buyer@shop.example".into(),
            given_name: "Bea".into(),
            family_name: "Buyer".into(),
            password: PASSWORD.into(),
            request_id: "sign-up-1".into(),
        };
        world.service("license").directory().create_account(request.clone()).await.unwrap();
        let again = CreateAccountRequest { request_id: "sign-up-2".into(), ..request };
        assert_eq!(reason(world.service("license").directory().create_account(again).await), Reason::AccountExists);
        let buyer = world.signed_in("buyer@shop.example").await;
        assert!(names(&buyer, "").await.is_empty());
        let made = buyer.create_organization("Bea's", "").await.unwrap();
        assert_eq!((made.caller_role(), made.caller_may_edit, made.depth), (Role::Owner, true, 0));
        assert_eq!(names(&buyer, "caller_may_edit = true").await, ["Bea's"]);
        let owner = buyer.list(&made.name, "").await.unwrap().users.remove(0);
        assert_eq!((owner.role(), owner.display_name.as_str()), (Role::Owner, "Bea Buyer"));
    }

    async fn a6_one_person_may_own_several_organizations(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.signed_in(&company.owner_email).await;
        owner.create_organization("Second", "").await.unwrap();
        assert_eq!(names(&owner, "").await, ["Company acme", "Second"]);
    }

    async fn d7_q25_account_numbers_are_visible_unique_and_searchable(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let (one, two) = (
            owner.create_organization("One", "").await.unwrap(),
            owner.create_organization("Two", "").await.unwrap(),
        );
        let numbers: Vec<i64> = [&one, &two].iter().map(|made| made.account_number.parse().unwrap()).collect();
        assert!(numbers[0] > 700_000 && numbers[1] > numbers[0], "{numbers:?}");
        let signed_in = world.signed_in(&company.owner_email).await;
        assert_eq!(names(&signed_in, &two.account_number).await, ["Two"]);
    }

    async fn e9_c9_c10_customers_are_made_under_ones_own_organization(engine: Engine) {
        let world = World::new(engine).await;
        let (partner, other) = (world.company("partner").await, world.company("other").await);
        let member = world.member(&partner, "ann@partner.example", Role::Member).await;
        let owner = world.owner(&partner).await;
        assert_eq!(names(&owner, "").await, ["Company partner"]);
        let customer = owner.create_organization("Customer", &partner.name).await.unwrap();
        assert_eq!((customer.depth, customer.parent_organization.as_str()), (1, partner.name.as_str()));
        assert_eq!(reason(owner.create_organization("X", &other.name).await), Reason::NotFound);
        let ann = world.signed_in(&member.email).await;
        assert_eq!(reason(ann.create_organization("X", &partner.name).await), Reason::PermissionDenied);
        assert_eq!(names(&ann, "").await, ["Company partner", "Customer"]);
        assert!(names(&ann, "caller_may_edit = true").await.is_empty());
        let get = GetOrganizationRequest { name: customer.name.clone() };
        let seen = ann.organizations().get_organization(get.clone()).await.unwrap().into_inner();
        assert_eq!((seen.caller_role(), seen.caller_may_edit), (Role::Unspecified, false));
        let stranger = world.owner(&other).await;
        assert_eq!(reason(stranger.organizations().get_organization(get).await), Reason::NotFound);
    }

    async fn q19_the_whole_subtree_counts_and_ends_at_the_limit(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let mut parent = company.name.clone();
        for depth in 1..=10 {
            parent = owner.create_organization(&format!("Level {depth:02}"), &parent).await.unwrap().name;
        }
        assert_eq!(
            bad_fields(owner.create_organization("Too deep", &parent).await),
            ["organization.parent_organization"]
        );
        assert!(owner.may(Permission::UsersEdit, &parent).await.0);
        assert_eq!(names(&owner, "level").await.len(), 10);
    }

    async fn organizations_are_paged(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        for name in ["b", "A", "c"] {
            owner.create_organization(name, &company.name).await.unwrap();
        }
        let mut found = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListOrganizationsRequest { page_size: 2, page_token, filter: String::new() };
            let page = owner.organizations().list_organizations(request).await.unwrap().into_inner();
            assert_eq!(page.total_size, 4);
            found.extend(page.organizations.into_iter().map(|organization| organization.display_name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, ["A", "b", "c", "Company acme"]);
    }

    async fn nobody_lists_nothing(engine: Engine) {
        let world = World::new(engine).await;
        let request = ListOrganizationsRequest::default();
        assert_eq!(
            reason(world.anybody().organizations().list_organizations(request).await),
            Reason::SessionMissing
        );
        assert_eq!(reason(world.anybody().list("organizations/-", "").await), Reason::SessionMissing);
    }
}
