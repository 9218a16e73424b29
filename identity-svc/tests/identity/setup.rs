//! The first start, bootstrap, platform clients.

use platform::testing::{Engine, on_both};
use proto::identity::v1::{
    BootstrapRequest, CompleteSetupRequest, CreateClientRequest, CreateSetupLinkRequest, GetSetupRequest,
    Permission, Role,
};
use proto::refusal::Reason;

use crate::world::{PASSWORD, World, bad_fields, reason};

fn setup(token: &str) -> CompleteSetupRequest {
    CompleteSetupRequest {
        token: token.into(),
        organization_display_name: "Acme".into(),
        email: "Ann@Acme.example".into(),
        given_name: "Ann".into(),
        family_name: "Lee".into(),
        password: PASSWORD.into(),
        request_id: String::new(),
    }
}

async fn is_complete(world: &World) -> bool {
    let request = GetSetupRequest { name: "setup".into() };
    world.anybody().setup().get_setup(request).await.unwrap().into_inner().complete
}

async fn link(world: &World) -> String {
    let made = world.service("gateway").setup().create_setup_link(CreateSetupLinkRequest {}).await.unwrap();
    made.into_inner().token
}

on_both! {
    async fn the_setup_link_makes_the_first_organization_once(engine: Engine) {
        let world = World::new(engine).await;
        let (first, second) = (link(&world).await, link(&world).await);
        let anybody = world.anybody();
        assert_eq!(reason(anybody.setup().complete_setup(setup(&first)).await), Reason::LinkRevoked);
        assert!(!is_complete(&world).await);
        let mut weak = setup(&second);
        weak.password = "short".into();
        weak.given_name = String::new();
        assert_eq!(bad_fields(anybody.setup().complete_setup(weak).await), ["given_name", "password"]);
        let done = anybody.setup().complete_setup(setup(&second)).await.unwrap().into_inner();
        let organization = done.organization.unwrap();
        assert_eq!((organization.display_name.as_str(), organization.caller_role()), ("Acme", Role::Owner));
        assert_eq!(reason(anybody.setup().complete_setup(setup(&second)).await), Reason::LinkUsed);
        assert_eq!(link(&world).await, "", "setup is over");
        assert!(is_complete(&world).await);
        let other = GetSetupRequest { name: "setups/1".into() };
        assert_eq!(bad_fields(anybody.setup().get_setup(other).await), ["name"]);
        world.signed_in("ann@acme.example").await;
    }

    async fn a_setup_link_dies_after_a_day(engine: Engine) {
        let world = World::new(engine).await;
        let token = link(&world).await;
        world.time.advance(chrono::TimeDelta::hours(24));
        assert_eq!(reason(world.anybody().setup().complete_setup(setup(&token)).await), Reason::LinkExpired);
    }

    async fn a_repeated_bootstrap_answers_the_same_names_and_no_key(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let request = BootstrapRequest {
            organization_display_name: "Company acme".into(),
            owner_email: "OWNER@acme.example".into(),
            password: "another-tram-9".into(),
            new_key: false,
        };
        let again = world.service("gateway").setup().bootstrap(request).await.unwrap().into_inner();
        assert_eq!((again.organization, again.user, again.api_key), (company.name.clone(), company.owner.clone(), String::new()));
        world.session_token(&company.owner_email, PASSWORD).await.unwrap();
        let owner = world.owner(&company).await;
        assert_eq!(owner.get(&company.owner).await.unwrap().role(), Role::Owner);
    }

    async fn a_repeated_bootstrap_makes_another_key_for_who_knows_the_password(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let request = |password: &str| BootstrapRequest {
            organization_display_name: "Company acme".into(),
            owner_email: "owner@acme.example".into(),
            password: password.into(),
            new_key: true,
        };
        let setup = world.service("gateway");
        assert_eq!(bad_fields(setup.setup().bootstrap(request("another-tram-9")).await), ["password"]);
        let mistyped = BootstrapRequest { organization_display_name: "Acme".into(), ..request(PASSWORD) };
        assert_eq!(bad_fields(setup.setup().bootstrap(mistyped).await), ["organization_display_name"]);
        let again = setup.setup().bootstrap(request(PASSWORD)).await.unwrap().into_inner();
        assert_eq!((&again.organization, &again.user), (&company.name, &company.owner));
        assert!(!again.api_key.is_empty() && again.api_key != company.api_key);
        for key in [&again.api_key, &company.api_key] {
            let owner = world.with_token(key).await.unwrap();
            assert_eq!(owner.get(&company.owner).await.unwrap().role(), Role::Owner);
        }
    }

    async fn q35_a_platform_client_may_exactly_what_it_was_given(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let request = |permission: &str| CreateClientRequest {
            display_name: "shop".into(),
            permissions: vec![permission.into()],
        };
        let setup = world.service("gateway");
        assert_eq!(bad_fields(setup.setup().create_client(request("users.edit")).await), ["permissions[0]"]);
        let made = setup.setup().create_client(request("purchases.record")).await.unwrap().into_inner();
        let shop = world.with_token(&made.api_key).await.unwrap();
        assert_eq!(shop.may(Permission::PurchasesRecord, "").await, (true, true));
        assert!(!shop.may(Permission::EntitlementsCheckAnywhere, "").await.0);
        assert_eq!(shop.may(Permission::UsersView, &company.name).await, (false, false));
        assert_eq!(reason(shop.get(&company.owner).await), Reason::NotFound);
        let made = setup.setup().create_client(request("access.check")).await.unwrap().into_inner();
        let tickets = world.with_token(&made.api_key).await.unwrap();
        use proto::identity::v1::check_access_request::{Action, Application};
        assert_eq!(tickets.check(&company.owner, Application::Support, Action::SignIn).await, Ok(()));
        assert!(!world.owner(&company).await.may(Permission::PurchasesRecord, "").await.0);
    }

    async fn the_world_may_not_set_anything_up(engine: Engine) {
        let world = World::new(engine).await;
        // No service token: not even the gateway is behind it.
        let mut direct = proto::identity::v1::setup_service_client::SetupServiceClient::new(world.peer.clone());
        assert_eq!(reason(direct.create_setup_link(CreateSetupLinkRequest {}).await), Reason::SessionMissing);
    }
}
