//! A request that is sent twice takes effect once.

use platform::testing::{Engine, on_both};
use proto::identity::v1::{
    CreateOrganizationRequest, CreateUserRequest, Organization, RedeemLinkRequest, Role, UpdateUserRequest,
    User,
};
use proto::refusal::{Reason, Refusal};

use crate::world::{PASSWORD, World, bad_fields, is_replayed, person, reason};

on_both! {
    async fn n13_a_repeat_gets_the_stored_answer_and_another_body_is_refused(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let request = CreateUserRequest {
            parent: company.name.clone(),
            user: Some(person("ann@acme.example", Role::Member)),
            request_id: "form-1".into(),
            ..CreateUserRequest::default()
        };
        let first = owner.users().create_user(request.clone()).await.unwrap();
        let again = owner.users().create_user(request.clone()).await.unwrap();
        assert!(!is_replayed(&first) && is_replayed(&again));
        assert_eq!(first.into_inner(), again.into_inner());
        let other = CreateUserRequest { user: Some(person("bob@acme.example", Role::Member)), ..request.clone() };
        assert_eq!(reason(owner.users().create_user(other).await), Reason::IdempotencyKeyReused);
        // The scope is the caller: another one may use the same number.
        let rival = world.company("rival").await;
        let theirs = CreateUserRequest { parent: rival.name.clone(), ..request.clone() };
        world.owner(&rival).await.users().create_user(theirs).await.unwrap();
        let bad = CreateUserRequest { request_id: "x".repeat(129), ..request };
        assert_eq!(bad_fields(owner.users().create_user(bad).await), ["request_id"]);
        assert_eq!(owner.list(&company.name, "").await.unwrap().total_size, 2);
    }

    async fn n13_a_refusal_that_depends_on_state_is_repeated_too(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        world.pending(&company, "ann@acme.example").await;
        let request = CreateUserRequest {
            parent: company.name.clone(),
            user: Some(person("ann@acme.example", Role::Member)),
            request_id: "form-1".into(),
            ..CreateUserRequest::default()
        };
        let first = owner.users().create_user(request.clone()).await.unwrap_err();
        let again = owner.users().create_user(request).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&first), Some(Reason::EmailInUse));
        assert_eq!(Refusal::reason_of(&again), Some(Reason::EmailInUse));
        assert_eq!(again.message(), first.message());
        assert!(again.metadata().get("idempotency-replayed").is_some());
    }

    async fn n13_bad_input_is_not_remembered(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let request = |user: User| UpdateUserRequest {
            user: Some(user),
            request_id: "edit-1".into(),
            ..UpdateUserRequest::default()
        };
        let bad = User { name: company.owner.clone(), email: "nobody".into(), ..User::default() };
        assert_eq!(bad_fields(owner.users().update_user(request(bad)).await), ["user.email"]);
        let good = User { name: company.owner.clone(), title: "CEO".into(), ..User::default() };
        owner.users().update_user(request(good.clone())).await.unwrap();
        assert!(is_replayed(&owner.users().update_user(request(good)).await.unwrap()));
    }

    async fn n13_a_redeemed_link_answers_its_repeat(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let user = world.pending(&company, "ann@acme.example").await;
        crate::activation::send(&world, &company, &[&user.name]).await;
        let token = world.token_for("ann@acme.example").await;
        let request =
            RedeemLinkRequest { token, new_password: PASSWORD.into(), request_id: "redeem-1".into() };
        let anybody = world.anybody();
        let first = anybody.credentials().redeem_link(request.clone()).await.unwrap();
        let again = anybody.credentials().redeem_link(request.clone()).await.unwrap();
        assert!(!is_replayed(&first) && is_replayed(&again));
        assert_eq!(first.into_inner(), again.into_inner());
        let fresh = RedeemLinkRequest { request_id: "redeem-2".into(), ..request };
        assert_eq!(reason(anybody.credentials().redeem_link(fresh).await), Reason::LinkUsed);
    }

    async fn n13_sixteen_at_once_make_one(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let request = CreateOrganizationRequest {
            organization: Some(Organization { display_name: "Once".into(), ..Organization::default() }),
            request_id: "once".into(),
        };
        let tries = (0..16).map(|_| {
            let (owner, request) = (owner.clone(), request.clone());
            async move { owner.organizations().create_organization(request).await }
        });
        for answer in futures::future::join_all(tries).await {
            if let Err(status) = answer {
                assert_eq!(Refusal::reason_of(&status), Some(Reason::RequestInProgress));
            }
        }
        let request = proto::identity::v1::ListOrganizationsRequest { filter: "once".into(), ..Default::default() };
        let signed_in = world.signed_in(&company.owner_email).await;
        let found = signed_in.organizations().list_organizations(request).await.unwrap().into_inner();
        assert_eq!(found.total_size, 1);
    }
}
