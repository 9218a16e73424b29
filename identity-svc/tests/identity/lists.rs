//! Lists of users: pages, search, filters, order.

use platform::testing::{Engine, on_both};
use proto::identity::v1::{ListUsersRequest, Role, User};
use proto::refusal::{Reason, Refusal};

use crate::directory::upsert;
use crate::world::{World, bad_fields, reason};

on_both! {
    async fn d3_pages_of_50_at_0_1_50_and_51_users(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        assert_eq!(owner.list(&company.name, "nobody-is-called-this").await.unwrap().users.len(), 0);
        assert_eq!(owner.list(&company.name, "").await.unwrap().users.len(), 1);
        upsert(&world, &company, 0..49).await;
        let exact = owner.list(&company.name, "").await.unwrap();
        assert_eq!((exact.users.len(), exact.next_page_token.as_str(), exact.total_size), (50, "", 50));
        upsert(&world, &company, 49..50).await;
        let first = owner.list(&company.name, "").await.unwrap();
        assert_eq!((first.users.len(), first.total_size), (50, 51));
        let request = ListUsersRequest {
            parent: company.name.clone(),
            page_token: first.next_page_token,
            ..ListUsersRequest::default()
        };
        let rest = owner.users().list_users(request).await.unwrap().into_inner();
        assert_eq!((rest.users.len(), rest.next_page_token.as_str(), rest.total_size), (1, "", 51));
        assert!(!first.users.contains(&rest.users[0]));
    }

    async fn every_order_visits_everybody_once(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        upsert(&world, &company, 0..12).await;
        for order_by in ["", "display_name desc", "email", "email desc", "create_time", "create_time desc"] {
            let mut found: Vec<User> = Vec::new();
            let mut page_token = String::new();
            loop {
                let request = ListUsersRequest {
                    parent: company.name.clone(),
                    page_size: 5,
                    page_token,
                    order_by: order_by.into(),
                    ..ListUsersRequest::default()
                };
                let page = owner.users().list_users(request).await.unwrap().into_inner();
                found.extend(page.users);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            let mut emails: Vec<String> = found.into_iter().map(|user| user.email).collect();
            if order_by.starts_with("email") {
                assert!(emails.is_sorted_by(|a, b| if order_by.ends_with("desc") { a >= b } else { a <= b }));
            }
            emails.sort();
            emails.dedup();
            assert_eq!(emails.len(), 13, "{order_by}");
        }
    }

    async fn d4_q28_a_search_finds_name_address_organization_and_number(engine: Engine) {
        let world = World::new(engine).await;
        let partner = world.company("partner").await;
        let calls = world.owner(&partner).await;
        let customer = calls.create_organization("Zirkus AG", &partner.name).await.unwrap();
        world.member(&partner, "ann@partner.example", Role::Member).await;
        let odd = User {
            email: "odd_100%@partner.example".into(),
            display_name: "Élodie Ångström".into(),
            ..User::default()
        };
        calls.create(&partner.name, odd).await.unwrap();
        let all = "organizations/-";
        assert_eq!(calls.emails(all, "ANN@partner").await, ["ann@partner.example"]);
        assert_eq!(calls.emails(all, "élodie").await, ["odd_100%@partner.example"]);
        assert_eq!(calls.emails(all, "\"_100%\"").await, ["odd_100%@partner.example"]);
        assert_eq!(calls.emails(all, "\"%\"").await.len(), 1, "a sign is no wildcard");
        assert_eq!(calls.emails(all, "zirkus").await, ["owner@partner.example"]);
        assert_eq!(calls.emails(all, &customer.account_number).await, ["owner@partner.example"]);
    }

    async fn d1_a_list_over_the_tree_holds_ones_own_and_the_customers_people(engine: Engine) {
        let world = World::new(engine).await;
        let (partner, other) = (world.company("partner").await, world.company("other").await);
        let calls = world.signed_in(&partner.owner_email).await;
        let customer = calls.create_organization("Customer", &partner.name).await.unwrap();
        let ann = crate::world::person("ann@customer.example", Role::Admin);
        calls.create_with_password(&customer.name, ann, crate::world::PASSWORD).await.unwrap();
        let listed = calls.list("organizations/-", "").await.unwrap();
        let mut shown: Vec<(String, String)> =
            listed.users.into_iter().map(|user| (user.email, user.organization_display_name)).collect();
        shown.sort();
        let line = |email: &str, place: &str| (email.to_owned(), place.to_owned());
        assert_eq!(shown, [
            line("ann@customer.example", "Customer"),
            line("owner@partner.example", "Company partner"),
            line("owner@partner.example", "Customer"),
        ]);
        let ann = world.signed_in("ann@customer.example").await;
        assert_eq!(ann.emails("organizations/-", "email != owner@partner.example").await, ["ann@customer.example"]);
        assert_eq!(reason(ann.list(&partner.name, "").await), Reason::NotFound);
        assert_eq!(world.owner(&other).await.emails("organizations/-", "").await, ["owner@other.example"]);
    }

    async fn g11_g20_q23_filters_ask_both_states(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let member = world.member(&company, "off@acme.example", Role::Member).await;
        owner.update(User { active: Some(false), ..member }, &["active"]).await.unwrap();
        world.pending(&company, "new@acme.example").await;
        let found = |filter: &'static str| {
            let (owner, company) = (owner.clone(), company.name.clone());
            async move { owner.emails(&company, filter).await }
        };
        assert_eq!(found("state = STATE_PENDING").await, ["new@acme.example"]);
        assert_eq!(found("state = STATE_DEACTIVATED").await, ["off@acme.example"]);
        assert_eq!(found("state = STATE_ACTIVE AND role = ROLE_OWNER").await, ["owner@acme.example"]);
        assert_eq!(found("invitation.state = STATE_NOT_SENT").await, ["new@acme.example"]);
        assert_eq!(found("new OR off").await.len(), 2);
        assert_eq!(found("NOT new -off").await, ["owner@acme.example"]);
        assert_eq!(found("email = NEW@acme.example").await, ["new@acme.example"]);
        assert_eq!(found("create_time > 2030-01-01T00:00:00Z").await.len(), 0);
        assert_eq!(found("kind = KIND_LOGINLESS").await.len(), 0);
    }

    async fn bad_lists_are_refused_with_the_right_reason(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        upsert(&world, &company, 0..3).await;
        let status = owner.list(&company.name, "state = STATE_GONE").await.unwrap_err();
        assert_eq!(Refusal::reason_of(&status), Some(Reason::BadFilter));
        assert_eq!(Refusal::metadata_of(&status, "position").as_deref(), Some("8"));
        let base = ListUsersRequest { parent: company.name.clone(), page_size: 2, ..ListUsersRequest::default() };
        let first = owner.users().list_users(base.clone()).await.unwrap().into_inner();
        let token = first.next_page_token;
        let asked = |request: ListUsersRequest| {
            let owner = owner.clone();
            async move { owner.users().list_users(request).await }
        };
        let with = ListUsersRequest { page_token: token.clone(), ..base.clone() };
        asked(with.clone()).await.unwrap();
        let other = ListUsersRequest { filter: "ann".into(), ..with.clone() };
        assert_eq!(reason(asked(other).await), Reason::PageTokenMismatch);
        let forged = ListUsersRequest { page_token: format!("A{token}"), ..base.clone() };
        assert_eq!(reason(asked(forged).await), Reason::BadPageToken);
        let order = ListUsersRequest { order_by: "password".into(), ..base.clone() };
        assert_eq!(reason(asked(order).await), Reason::BadOrderBy);
        let skip = ListUsersRequest { skip: 10_001, ..base.clone() };
        assert_eq!(bad_fields(asked(skip).await), ["skip"]);
        let negative = ListUsersRequest { page_size: -1, ..base.clone() };
        assert_eq!(bad_fields(asked(negative).await), ["page_size"]);
        let another = world.member(&company, "admin@acme.example", Role::Admin).await;
        let admin = world.signed_in(&another.email).await;
        assert_eq!(reason(admin.users().list_users(with).await), Reason::PageTokenMismatch);
        let skipped = ListUsersRequest { skip: 3, page_size: 10, ..base };
        assert_eq!(asked(skipped).await.unwrap().into_inner().users.len(), 2);
    }

    /// Again and again: after the second search of a directory at rest the texts are in memory.
    async fn q28_a_search_finds_what_is_there_now_however_often_it_is_asked(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        upsert(&world, &company, 0..60).await;
        let name = |email: &str| crate::world::person(email, Role::Member);
        let zoe = owner.create(&company.name, name("zoe@needle.example")).await.unwrap();
        for round in 0..3 {
            for _ in 0..6 {
                assert_eq!(owner.emails(&company.name, "NEEDLE").await.len(), 1 + round, "words are folded");
                let both = format!("zoe needle NOT \"nobody{round}\"");
                assert_eq!(owner.emails(&company.name, &both).await, ["zoe@needle.example"]);
                assert!(owner.emails(&company.name, "e.exampleo").await.is_empty(), "no text ends in another");
                let everybody = owner.list(&company.name, "acme").await.unwrap();
                assert_eq!((everybody.users.len(), everybody.total_size), (50, 62 + round as i32));
                let request = ListUsersRequest {
                    parent: company.name.clone(),
                    filter: "example".into(),
                    order_by: "display_name desc".into(),
                    skip: 3,
                    page_size: 40,
                    ..ListUsersRequest::default()
                };
                let first = owner.users().list_users(request.clone()).await.unwrap().into_inner();
                let request = ListUsersRequest { page_token: first.next_page_token, skip: 0, ..request };
                let rest = owner.users().list_users(request).await.unwrap().into_inner();
                assert_eq!(first.users.len() + rest.users.len(), 59 + round, "behind the first three");
                assert!(rest.next_page_token.is_empty());
            }
            owner.create(&company.name, name(&format!("more{round}@needle.example"))).await.unwrap();
        }
        let moved = User { email: "zoe@haystack.example".into(), ..zoe };
        owner.update(User { etag: String::new(), ..moved }, &["email"]).await.unwrap();
        assert_eq!(owner.emails(&company.name, "needle").await.len(), 3);
    }
}
