//! The user creation form, and the members' one.

use futures::future::join_all;
use platform::testing::{Engine, on_both};
use proto::identity::v1::invitation::State as InvitationState;
use proto::identity::v1::user::{Kind, State};
use proto::identity::v1::{CreateUserRequest, Onboarding, Role, User};
use proto::refusal::Reason;

use crate::world::{PASSWORD, World, bad_fields, person, reason};

fn member(email: &str) -> User {
    person(email, Role::Unspecified)
}

on_both! {
    async fn c5_q2_five_characters_are_refused_and_six_accepted(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let five = owner.create_with_password(&company.name, member("ann@acme.example"), "x7#kL").await;
        assert_eq!(bad_fields(five), ["password"]);
        for common in ["123456", "password", "ann", "Ann@acme.example"] {
            let refused = owner.create_with_password(&company.name, member("ann@acme.example"), common).await;
            assert_eq!(bad_fields(refused), ["password"], "{common}");
        }
        assert!(owner.emails(&company.name, "ann").await.is_empty(), "nothing is stored");
        owner.create_with_password(&company.name, member("ann@acme.example"), "x7#kLp").await.unwrap();
    }

    async fn c3_c6_c7_c8_q3_what_is_required_and_what_may_be_empty(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let nobody = User { email: "ann@".into(), title: "\u{7}".into(), ..User::default() };
        let refused = bad_fields(owner.create(&company.name, nobody).await);
        assert_eq!(refused, ["user.email", "user.given_name", "user.family_name", "user.title"]);
        let nameless = User { email: "ann@acme.example".into(), given_name: "Ann".into(), ..User::default() };
        assert_eq!(bad_fields(owner.create(&company.name, nameless).await), ["user.family_name"]);
        let no_company = CreateUserRequest { user: Some(member("ann@acme.example")), ..CreateUserRequest::default() };
        assert_eq!(bad_fields(owner.users().create_user(no_company).await), ["parent"]);
        let full = User {
            title: "Head of Sales".into(),
            office_phone: "+1 555 0100".into(),
            mobile_phone: "+1 555 0101".into(),
            fax: "+1 555 0102".into(),
            ..member("Ann@ACME.example")
        };
        let made = owner.create(&company.name, full.clone()).await.unwrap();
        assert_eq!(made.email, "ann@acme.example");
        assert_eq!((made.title, made.office_phone), (full.title, full.office_phone));
        assert_eq!((made.mobile_phone, made.fax), (full.mobile_phone, full.fax));
    }

    async fn q32_one_name_field_is_shown_as_typed(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let typed = User {
            email: "ana@acme.example".into(),
            display_name: "Ana María de la Cruz".into(),
            ..User::default()
        };
        let made = world.owner(&company).await.create(&company.name, typed).await.unwrap();
        assert_eq!(made.display_name, "Ana María de la Cruz");
        assert_eq!((made.given_name.as_str(), made.family_name.as_str()), ("Ana María de la", "Cruz"));
    }

    async fn c13_a_user_with_a_password_signs_in_at_once_and_gets_no_mail(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let made = world.member(&company, "ann@acme.example", Role::Member).await;
        assert_eq!(made.state(), State::Active);
        world.session_token("ann@acme.example", PASSWORD).await.unwrap();
        assert!(world.notify.so_far().is_empty());
    }

    async fn c3_the_same_address_twice_in_one_organization_is_refused(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let first = world.pending(&company, "ann@acme.example").await;
        let owner = world.owner(&company).await;
        let again = owner.create(&company.name, member("ANN@acme.example")).await.unwrap_err();
        assert_eq!(proto::refusal::Refusal::reason_of(&again), Some(Reason::EmailInUse));
        assert_eq!(proto::refusal::Refusal::metadata_of(&again, "resource"), Some(first.name));
        // `+tag` addresses are different (Q13).
        owner.create(&company.name, member("ann+tag@acme.example")).await.unwrap();
    }

    async fn n2_of_many_created_at_once_each_gets_its_own_answer(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        // Two want one address, and one a role that nobody may give this way.
        let people = (0..16).map(|number| match number {
            15 => member("p0@acme.example"),
            14 => person("p14@acme.example", Role::Owner),
            _ => member(&format!("p{number}@acme.example")),
        });
        let answers = join_all(people.map(|user| owner.create(&company.name, user))).await;
        let refused = |range: std::ops::Range<usize>| {
            answers[range].iter().filter_map(|answer| answer.as_ref().err()).count()
        };
        assert_eq!(refused(1..14), 0, "{answers:?}");
        assert!(answers[14].is_err());
        assert_eq!(refused(0..1) + refused(15..16), 1, "one of the two has the address");
        for (number, made) in answers.iter().enumerate().filter_map(|(number, it)| Some((number, it.as_ref().ok()?))) {
            assert_eq!(made.email, format!("p{}@acme.example", number % 15), "the answer is about the question");
        }
        assert_eq!(owner.emails(&company.name, "p").await.iter().filter(|email| email.starts_with('p')).count(), 14);
    }

    async fn g4_g10_a_created_member_is_pending_and_no_mail_was_sent(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let made = world.pending(&company, "ann@acme.example").await;
        assert_eq!((made.state(), made.role(), made.kind()), (State::Pending, Role::Member, Kind::Login));
        assert_eq!(made.invitation.unwrap().state(), InvitationState::NotSent);
        let filtered = world.owner(&company).await.emails(&company.name, "state = STATE_PENDING").await;
        assert_eq!(filtered, ["ann@acme.example"]);
        assert!(world.notify.so_far().is_empty());
    }

    async fn q17_invite_now_mails_at_once(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let made = owner.create_as(&company.name, member("ann@acme.example"), Onboarding::InviteNow, "").await;
        let invitation = made.unwrap().invitation.unwrap();
        assert_eq!((invitation.state(), invitation.send_count), (InvitationState::Queued, 1));
        let mails = world.mails_to("ann@acme.example", 1).await;
        assert_eq!(mails[0].template, "activation");
        assert_eq!(mails[0].link_path, "/activate");
        assert_eq!(mails[0].variables["organization_name"], "Company acme");
    }

    async fn g6_g19_q22_a_loginless_user_has_no_address_and_is_active(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let phone = User { kind: Kind::Loginless.into(), display_name: "Lobby phone".into(), ..User::default() };
        let made = owner.create(&company.name, phone.clone()).await.unwrap();
        assert_eq!((made.state(), made.email.as_str(), made.portal_access), (State::Active, "", Some(false)));
        owner.create(&company.name, phone.clone()).await.unwrap();
        let with_email = User { email: "lobby@acme.example".into(), ..phone.clone() };
        assert_eq!(bad_fields(owner.create(&company.name, with_email).await), ["user.email"]);
        let admin = User { role: Role::Admin.into(), portal_access: Some(true), ..phone };
        assert_eq!(
            bad_fields(owner.create(&company.name, admin).await),
            ["user.role", "user.portal_access"]
        );
        let renamed = User { email: "x@acme.example".into(), ..made };
        assert_eq!(reason(owner.update(renamed, &["email"]).await), Reason::UserHasNoEmail);
        assert!(owner.emails(&company.name, "state = STATE_PENDING").await.is_empty());
    }

    async fn c9_c10_c11_users_are_created_in_the_company_that_was_picked(engine: Engine) {
        let world = World::new(engine).await;
        let (partner, other) = (world.company("partner").await, world.company("other").await);
        let calls = world.owner(&partner).await;
        let customer = calls.create_organization("Customer", &partner.name).await.unwrap();
        let made = calls.create(&customer.name, member("ann@customer.example")).await.unwrap();
        assert!(made.name.starts_with(&customer.name));
        assert_eq!(made.organization_display_name, "Customer");
        assert_eq!(made.organization_account_number, customer.account_number);
        assert_eq!(reason(calls.create(&other.name, member("b@other.example")).await), Reason::NotFound);
    }

    async fn c1_there_is_no_cap_on_users(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        crate::directory::upsert(&world, &company, 0..1000).await;
        crate::directory::upsert(&world, &company, 1000..2000).await;
        let total = world.owner(&company).await.list(&company.name, "").await.unwrap().total_size;
        assert_eq!(total, 2001);
    }
}
