//! The Portal Access box: the console's door, and no other (D11, E7, Q14).

use platform::testing::{Engine, on_both};
use proto::identity::v1::authenticate_request::Credential;
use proto::identity::v1::check_access_request::{Action, Application};
use proto::identity::v1::{AuthenticateRequest, CreateAccountRequest, Permission, Role, User};
use proto::refusal::{Reason, Refusal};
use tonic::{Code, Status};

use crate::crossing::joined;
use crate::world::{PASSWORD, World, reason};

/// Shows the session as the console's cookie.
async fn enter(world: &World, token: &str) -> Result<(), Status> {
    let credential = Some(Credential::SessionToken(token.into()));
    world.service("gateway").access().authenticate(AuthenticateRequest { credential }).await.map(drop)
}

fn ticked(user: &User, portal_access: bool) -> User {
    User { portal_access: Some(portal_access), etag: String::new(), ..user.clone() }
}

on_both! {
    async fn d11_e7_n17_q14_a_cleared_box_shuts_the_console_and_nothing_else(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        for (email, role) in [("ann@acme.example", Role::Member), ("bob@acme.example", Role::Admin)] {
            let user = world.member(&company, email, role).await;
            let open = world.session_token(email, PASSWORD).await.unwrap();
            enter(&world, &open).await.unwrap();

            owner.update(ticked(&user, false), &["portal_access"]).await.unwrap();

            let shut = enter(&world, &open).await.unwrap_err();
            assert_eq!(shut.code(), Code::Unauthenticated);
            assert_eq!(Refusal::reason_of(&shut), Some(Reason::SessionExpired));
            // The other systems take the same credentials, and an Admin's rights are there by API (row 4).
            let script = world.with_token(&open).await.unwrap();
            assert_eq!(script.may(Permission::UsersEdit, &company.name).await.0, role == Role::Admin);
            owner.check(&user.name, Application::Support, Action::SignIn).await.unwrap();
            let fresh = world.session_token(email, PASSWORD).await.unwrap();
            assert_eq!(reason(enter(&world, &fresh).await), Reason::SessionExpired);

            owner.update(ticked(&user, true), &["portal_access"]).await.unwrap();
            enter(&world, &fresh).await.unwrap();
        }
    }

    async fn e7_one_open_organization_is_enough(engine: Engine) {
        let world = World::new(engine).await;
        let (ours, theirs) = (world.company("ours").await, world.company("theirs").await);
        let (here, there) = (world.owner(&ours).await, world.owner(&theirs).await);
        let member = world.member(&ours, "ann@ours.example", Role::Member).await;
        let guest = joined(&world, &there, &theirs.name, "ann@ours.example").await;
        let token = world.session_token("ann@ours.example", PASSWORD).await.unwrap();
        here.update(ticked(&member, false), &["portal_access"]).await.unwrap();
        enter(&world, &token).await.unwrap();
        there.update(ticked(&guest, false), &["portal_access"]).await.unwrap();
        assert_eq!(reason(enter(&world, &token).await), Reason::SessionExpired);
        // A box that is ticked where Active is not opens nothing.
        there.update(ticked(&guest, true), &["portal_access"]).await.unwrap();
        there.update(User { active: Some(false), ..guest }, &["active"]).await.unwrap();
        let token = world.session_token("ann@ours.example", PASSWORD).await.unwrap();
        assert_eq!(reason(enter(&world, &token).await), Reason::SessionExpired);
    }

    async fn a10_a_buyer_without_organization_is_let_into_the_console(engine: Engine) {
        let world = World::new(engine).await;
        let request = CreateAccountRequest {
            email: "buyer@shop.example".into(),
            given_name: "Bea".into(),
            family_name: "Buyer".into(),
            password: PASSWORD.into(),
            request_id: "sign-up-1".into(),
        };
        world.service("license").directory().create_account(request).await.unwrap();
        let token = world.session_token("buyer@shop.example", PASSWORD).await.unwrap();
        enter(&world, &token).await.unwrap();
    }
}
