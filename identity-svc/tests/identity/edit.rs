//! The edit form: fields, boxes, the last Owner, address and password.

use platform::testing::{Engine, on_both};
use proto::events::v1::event::Payload;
use proto::identity::v1::user::State;
use proto::identity::v1::{Onboarding, Role, UpdateUserRequest, User};
use proto::refusal::{Reason, Refusal};

use crate::world::{PASSWORD, World, bad_fields, person, reason};

fn kinds(events: &[proto::events::v1::Event]) -> Vec<&'static str> {
    let kind = |event: &proto::events::v1::Event| match event.payload {
        Some(Payload::UserDeactivated(_)) => "deactivated",
        Some(Payload::UserReactivated(_)) => "reactivated",
        Some(Payload::UserEmailChanged(_)) => "email",
        _ => "other",
    };
    events.iter().map(kind).collect()
}

on_both! {
    async fn d5_only_the_named_fields_change(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        let edited = User { title: "CEO".into(), fax: "1".into(), family_name: "Ray".into(), ..member.clone() };
        let updated = owner.update(edited.clone(), &["title", "family_name"]).await.unwrap();
        assert_eq!((updated.title.as_str(), updated.fax.as_str()), ("CEO", ""));
        assert_eq!(updated.display_name, "ann Ray");
        assert_ne!(updated.etag, member.etag);
        let stale = owner.update(edited.clone(), &["fax"]).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&stale), Some(Reason::EtagMismatch));
        assert_eq!(Refusal::metadata_of(&stale, "currentEtag"), Some(updated.etag));
        let unknown = User { etag: String::new(), ..edited };
        assert_eq!(reason(owner.update(unknown, &["state"]).await), Reason::BadFieldMask);
    }

    async fn d9_d10_d11_d12_deactivate_and_reactivate(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let member = world.member(&company, "ann@acme.example", Role::Admin).await;
        let off = owner.update(User { active: Some(false), ..member.clone() }, &["active"]).await.unwrap();
        assert_eq!(off.state(), State::Deactivated);
        assert_eq!((off.role(), off.portal_access), (Role::Admin, Some(true)), "boxes keep their values");
        assert_eq!(owner.emails(&company.name, "ann").await, ["ann@acme.example"], "still listed");
        assert_eq!(reason(world.session_token("ann@acme.example", PASSWORD).await), Reason::SignInFailed);
        let on = owner.update(User { active: Some(true), ..off }, &["active"]).await.unwrap();
        assert_eq!(on.state(), State::Active);
        world.session_token("ann@acme.example", PASSWORD).await.unwrap();
        let told = world.license.told("both", |events| events.len() >= 2).await;
        assert_eq!(kinds(&told), ["deactivated", "reactivated"]);
    }

    async fn d13_admin_and_portal_access_from_the_same_form(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        let boxes = User { role: Role::Admin.into(), portal_access: Some(false), ..member };
        let updated = owner.update(boxes, &["role", "portal_access"]).await.unwrap();
        assert_eq!((updated.role(), updated.portal_access), (Role::Admin, Some(false)));
    }

    async fn q24_the_last_owner_stays_on_every_path(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let calls = world.owner(&company).await;
        let owner = calls.get(&company.owner).await.unwrap();
        let demoted = User { role: Role::Admin.into(), ..owner.clone() };
        let off = User { active: Some(false), ..owner.clone() };
        let closed = User { portal_access: Some(false), ..owner.clone() };
        assert_eq!(reason(calls.update(demoted, &["role"]).await), Reason::LastOwner);
        assert_eq!(reason(calls.update(off, &["active"]).await), Reason::LastOwner);
        assert_eq!(reason(calls.update(closed, &["portal_access"]).await), Reason::LastOwner);
        assert_eq!(calls.get(&company.owner).await.unwrap(), owner);
    }

    async fn q27_an_admin_does_not_touch_an_owner(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, "admin@acme.example", Role::Admin).await;
        let admin = world.signed_in("admin@acme.example").await;
        let owner = admin.get(&company.owner).await.unwrap();
        let moved = User { email: "mine@acme.example".into(), ..owner.clone() };
        assert_eq!(reason(admin.update(moved, &["email"]).await), Reason::RoleNotAllowed);
        let demoted = User { role: Role::Member.into(), ..owner.clone() };
        assert_eq!(reason(admin.update(demoted, &["role"]).await), Reason::RoleNotAllowed);
        let request = UpdateUserRequest {
            user: Some(owner),
            update_mask: Some(prost_types::FieldMask { paths: vec!["title".into()] }),
            password: "fresh-tram-77".into(),
            ..UpdateUserRequest::default()
        };
        assert_eq!(reason(admin.users().update_user(request).await), Reason::RoleNotAllowed);
    }

    async fn d5_q27_another_password_ends_sessions_and_is_told(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        let token = world.session_token("ann@acme.example", PASSWORD).await.unwrap();
        let request = |password: &str| UpdateUserRequest {
            user: Some(User { name: member.name.clone(), ..User::default() }),
            password: password.into(),
            ..UpdateUserRequest::default()
        };
        let owner = world.owner(&company).await;
        assert_eq!(bad_fields(owner.users().update_user(request("short")).await), ["password"]);
        owner.users().update_user(request("fresh-tram-77")).await.unwrap();
        assert_eq!(reason(world.with_token(&token).await.map(drop)), Reason::SessionExpired);
        assert_eq!(reason(world.session_token("ann@acme.example", PASSWORD).await), Reason::SignInFailed);
        world.session_token("ann@acme.example", "fresh-tram-77").await.unwrap();
        let mails = world.mails_to("ann@acme.example", 1).await;
        assert_eq!((mails[0].template.as_str(), mails[0].variables["what"].as_str()), ("credential_changed", "password"));
    }

    async fn d5_q27_another_address_is_the_sign_in_name_at_once_and_both_are_told(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        world.pending(&company, "taken@acme.example").await;
        let taken = User { email: "taken@acme.example".into(), ..member.clone() };
        assert_eq!(reason(owner.update(taken, &["email"]).await), Reason::EmailInUse);
        let moved = User { email: "Ann.Lee@acme.example".into(), ..member };
        let moved = owner.update(moved, &["email"]).await.unwrap();
        assert_eq!((moved.email.as_str(), moved.state()), ("ann.lee@acme.example", State::Active));
        assert_eq!(reason(world.session_token("ann@acme.example", PASSWORD).await), Reason::SignInFailed);
        world.session_token("ann.lee@acme.example", PASSWORD).await.unwrap();
        world.mails_to("ann@acme.example", 1).await;
        world.mails_to("ann.lee@acme.example", 1).await;
        assert_eq!(kinds(&world.license.told("the change", |events| !events.is_empty()).await), ["email"]);
    }

    async fn q18_another_address_and_a_deactivation_void_the_links(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        for (path, change) in [
            ("email", User { email: "b@acme.example".into(), ..User::default() }),
            ("active", User { active: Some(false), ..User::default() }),
        ] {
            let email = format!("{path}@acme.example");
            let user = person(&email, Role::Member);
            let user = owner.create_as(&company.name, user, Onboarding::InviteNow, "").await.unwrap();
            let token = world.token_for(&email).await;
            let changed = owner.update(User { name: user.name, ..change }, &[path]).await.unwrap();
            assert_eq!(changed.invitation.unwrap().state(), proto::identity::v1::invitation::State::Revoked);
            assert_eq!(reason(world.anybody().redeem(&token, PASSWORD).await), Reason::LinkRevoked);
        }
    }

    async fn q27_nobody_edits_a_person_who_also_belongs_elsewhere(engine: Engine) {
        let world = World::new(engine).await;
        let (ours, theirs) = (world.company("ours").await, world.company("theirs").await);
        let member = world.member(&ours, "ann@ours.example", Role::Member).await;
        let owner = world.owner(&theirs).await;
        let guest = person("ann@ours.example", Role::Member);
        let guest = owner.create_as(&theirs.name, guest, Onboarding::InviteNow, "").await.unwrap();
        let token = world.token_for("ann@ours.example").await;
        let ann = world.signed_in("ann@ours.example").await;
        let accept = proto::identity::v1::AcceptInvitationRequest { token, request_id: String::new() };
        ann.credentials().accept_invitation(accept).await.unwrap();
        let moved = User { email: "ann@theirs.example".into(), ..guest };
        let moved = User { etag: String::new(), ..moved };
        assert_eq!(reason(owner.update(moved, &["email"]).await), Reason::PermissionDenied);
        assert_eq!(world.owner(&ours).await.get(&member.name).await.unwrap().email, "ann@ours.example");
    }

    async fn c13_q13_a_password_set_for_a_pending_member_is_never_a_strangers(engine: Engine) {
        let world = World::new(engine).await;
        let (ours, theirs) = (world.company("ours").await, world.company("theirs").await);
        world.member(&ours, "ann@ours.example", Role::Member).await;
        let owner = world.owner(&theirs).await;
        for (email, state) in [("new@theirs.example", State::Active), ("ann@ours.example", State::Pending)] {
            let user = person(email, Role::Member);
            let user = owner.create_as(&theirs.name, user, Onboarding::InviteNow, "").await.unwrap();
            let token = world.token_for(email).await;
            let request = UpdateUserRequest {
                user: Some(User { name: user.name.clone(), ..User::default() }),
                password: "fresh-tram-77".into(),
                ..UpdateUserRequest::default()
            };
            owner.users().update_user(request).await.unwrap();
            assert_eq!(owner.get(&user.name).await.unwrap().state(), state);
            assert_eq!(world.session_token(email, "fresh-tram-77").await.is_ok(), state == State::Active);
            assert_eq!(world.anybody().inspect(&token).await.is_ok(), state == State::Pending);
        }
    }

    async fn q13_the_address_of_another_person_waits_for_them(engine: Engine) {
        let world = World::new(engine).await;
        let (ours, theirs) = (world.company("ours").await, world.company("theirs").await);
        world.member(&theirs, "bob@theirs.example", Role::Member).await;
        let owner = world.owner(&ours).await;
        let ann = world.member(&ours, "ann@ours.example", Role::Member).await;
        let moved = User { email: "bob@theirs.example".into(), etag: String::new(), ..ann };
        let moved = owner.update(moved, &["email"]).await.unwrap();
        let invitation = moved.invitation.clone().unwrap().state();
        assert_eq!(moved.state(), State::Pending);
        assert_eq!(invitation, proto::identity::v1::invitation::State::NotSent);
        assert_eq!(identity_svc::check(&world.db, &world.time.clock()).await.unwrap(), []);
    }
}
