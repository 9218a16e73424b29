//! Links in mails: what kills them, and that they are used once.

use chrono::TimeDelta;
use platform::testing::{Engine, on_both};
use proto::identity::v1::inspect_link_response::Purpose;
use proto::identity::v1::user::State;
use proto::identity::v1::{
    AcceptInvitationRequest, Onboarding, RenewLinkRequest, RequestPasswordResetRequest, Role, User,
};
use proto::refusal::{Reason, Refusal};

use crate::world::{Company, PASSWORD, World, bad_fields, person, reason};

/// An invited member and the token in its mail.
async fn invited(world: &World, company: &Company, email: &str) -> (User, String) {
    let owner = world.owner(company).await;
    let user = person(email, Role::Member);
    let user = owner.create_as(&company.name, user, Onboarding::InviteNow, "").await.unwrap();
    (user, world.token_for(email).await)
}

async fn ask_for_reset(world: &World, email: &str) {
    let request = RequestPasswordResetRequest { email: email.into() };
    world.anybody().credentials().request_password_reset(request).await.unwrap();
}

on_both! {
    async fn b17_g14_a_link_sets_the_password_once_and_makes_the_member_active(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let (user, token) = invited(&world, &company, "ann@acme.example").await;
        assert!(token.starts_with("act_"));
        let anybody = world.anybody();
        // A mail scanner follows the link as often as it likes.
        for _ in 0..3 {
            let seen = anybody.inspect(&token).await.unwrap();
            assert_eq!((seen.purpose(), seen.masked_email.as_str()), (Purpose::Activate, "a***@acme.example"));
            assert_eq!(seen.organization_display_name, "Company acme");
            assert_eq!((seen.min_password_length, seen.account_exists), (6, false));
        }
        assert_eq!(bad_fields(anybody.redeem(&token, "x7#kL").await), ["new_password"]);
        assert_eq!(anybody.redeem(&token, PASSWORD).await.unwrap(), user.name);
        assert_eq!(reason(anybody.redeem(&token, PASSWORD).await), Reason::LinkUsed);
        assert_eq!(reason(anybody.inspect(&token).await), Reason::LinkUsed);
        let owner = world.owner(&company).await;
        let active = owner.get(&user.name).await.unwrap();
        assert_eq!(active.state(), State::Active);
        assert_eq!(active.invitation.unwrap().state(), proto::identity::v1::invitation::State::Accepted);
        world.session_token("ann@acme.example", PASSWORD).await.unwrap();
    }

    async fn g13_q18_a_link_works_until_30_days_are_over(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let (_, in_time) = invited(&world, &company, "ann@acme.example").await;
        let (late_user, late) = invited(&world, &company, "bob@acme.example").await;
        let issued = world.time.clock().now();
        world.time.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        world.anybody().redeem(&in_time, PASSWORD).await.unwrap();
        world.time.advance(TimeDelta::seconds(1));
        let status = world.anybody().redeem(&late, PASSWORD).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&status), Some(Reason::LinkExpired));
        let date = (issued + TimeDelta::days(30)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        assert_eq!(Refusal::metadata_of(&status, "expireTime"), Some(date));
        world.time.advance(TimeDelta::seconds(1));
        assert_eq!(reason(world.anybody().inspect(&late).await), Reason::LinkExpired);
        let owner = world.owner(&company).await;
        let expired = owner.get(&late_user.name).await.unwrap();
        assert_eq!(expired.invitation.unwrap().state(), proto::identity::v1::invitation::State::Expired);
        assert_eq!(owner.emails(&company.name, "invitation.state = STATE_EXPIRED").await, ["bob@acme.example"]);
    }

    async fn forged_links_are_unknown(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let (_, token) = invited(&world, &company, "ann@acme.example").await;
        let other_prefix = token.replace("act_", "rst_");
        let flipped = if token.ends_with('A') { "B" } else { "A" };
        let forged = format!("{}{flipped}", &token[..token.len() - 1]);
        for token in ["", "act_", &other_prefix, &forged, "pur_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(reason(world.anybody().inspect(token).await), Reason::LinkUnknown, "{token}");
            assert_eq!(reason(world.anybody().redeem(token, PASSWORD).await), Reason::LinkUnknown, "{token}");
        }
        world.anybody().redeem(&token, PASSWORD).await.unwrap();
    }

    async fn of_64_redeems_at_once_one_wins(engine: Engine) {
        let world = World::with(engine, identity_svc::Config { hash_queue: 128, ..crate::world::cheap() }).await;
        let company = world.company("acme").await;
        let (_, token) = invited(&world, &company, "ann@acme.example").await;
        let tries = (0..64).map(|number| {
            let (calls, token) = (world.anybody(), token.clone());
            async move { calls.redeem(&token, &format!("violet-tram-{number}")).await }
        });
        let answers = futures::future::join_all(tries).await;
        let winners = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(winners, 1);
        for status in answers.into_iter().filter_map(Result::err) {
            assert_eq!(Refusal::reason_of(&status), Some(Reason::LinkUsed));
        }
        let owner = world.owner(&company).await;
        assert_eq!(owner.emails(&company.name, "state = STATE_ACTIVE ann").await.len(), 1);
    }

    async fn q18_every_sending_has_its_own_link_and_the_first_acceptance_voids_all(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let (user, first) = invited(&world, &company, "ann@acme.example").await;
        world.time.advance(TimeDelta::days(10));
        crate::activation::send(&world, &company, &[&user.name]).await;
        let mails = world.mails_to("ann@acme.example", 2).await;
        let second = world.token_in(&mails[1]);
        assert_ne!(first, second);
        assert_ne!(mails[0].dedupe_key, mails[1].dedupe_key);
        world.anybody().inspect(&second).await.unwrap();
        world.anybody().redeem(&first, PASSWORD).await.unwrap();
        assert_eq!(reason(world.anybody().redeem(&second, PASSWORD).await), Reason::LinkRevoked);
    }

    async fn q13_who_has_a_password_accepts_with_it(engine: Engine) {
        let world = World::new(engine).await;
        let (ours, theirs) = (world.company("ours").await, world.company("theirs").await);
        world.member(&ours, "ann@ours.example", Role::Member).await;
        world.member(&ours, "bob@ours.example", Role::Member).await;
        let (user, token) = invited(&world, &theirs, "ann@ours.example").await;
        assert!(world.anybody().inspect(&token).await.unwrap().account_exists);
        assert_eq!(reason(world.anybody().redeem(&token, "fresh-tram-77").await), Reason::AccountExists);
        let accept = AcceptInvitationRequest { token: token.clone(), request_id: String::new() };
        assert_eq!(reason(world.anybody().credentials().accept_invitation(accept.clone()).await), Reason::SessionMissing);
        let bob = world.signed_in("bob@ours.example").await;
        assert_eq!(reason(bob.credentials().accept_invitation(accept.clone()).await), Reason::PermissionDenied);
        let ann = world.signed_in("ann@ours.example").await;
        let joined = ann.credentials().accept_invitation(accept.clone()).await.unwrap().into_inner();
        assert_eq!(joined.user, user.name);
        assert_eq!(reason(ann.credentials().accept_invitation(accept).await), Reason::LinkUsed);
        assert!(ann.may(proto::identity::v1::Permission::UsersView, &theirs.name).await.0);
    }

    async fn a_reset_link_lives_an_hour_and_ends_every_session(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, "ann@acme.example", Role::Member).await;
        let session = world.session_token("ann@acme.example", PASSWORD).await.unwrap();
        ask_for_reset(&world, "ann@acme.example").await;
        let token = world.token_for("ann@acme.example").await;
        let seen = world.anybody().inspect(&token).await.unwrap();
        assert_eq!((seen.purpose(), seen.account_exists), (Purpose::ResetPassword, true));
        assert_eq!(world.anybody().redeem(&token, "fresh-tram-77").await.unwrap(), "");
        assert_eq!(reason(world.with_token(&session).await.map(drop)), Reason::SessionExpired);
        assert_eq!(reason(world.session_token("ann@acme.example", PASSWORD).await), Reason::SignInFailed);
        world.session_token("ann@acme.example", "fresh-tram-77").await.unwrap();
        world.time.advance(TimeDelta::minutes(1));
        ask_for_reset(&world, "ann@acme.example").await;
        let mails = world.mails_to("ann@acme.example", 2).await;
        world.time.advance(TimeDelta::minutes(60));
        let late = world.token_in(&mails[1]);
        assert_eq!(reason(world.anybody().redeem(&late, PASSWORD).await), Reason::LinkExpired);
    }

    async fn a_reset_answers_alike_for_known_unknown_and_pending_addresses(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.pending(&company, "new@acme.example").await;
        world.member(&company, "ann@acme.example", Role::Member).await;
        for email in ["nobody@acme.example", "new@acme.example", "ann@acme.example", "ann@acme.example"] {
            ask_for_reset(&world, email).await;
        }
        world.mails_to("ann@acme.example", 1).await;
        assert_eq!(world.notify.so_far().len(), 1, "one mail, and one a minute at most");
    }

    async fn n9_an_expired_link_is_renewed_by_mail_and_answers_alike(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let (user, token) = invited(&world, &company, "ann@acme.example").await;
        let renew = |token: &str| {
            let (calls, token) = (world.anybody(), token.to_owned());
            async move { calls.credentials().renew_link(RenewLinkRequest { token }).await.unwrap() }
        };
        renew(&token).await;
        world.time.advance(TimeDelta::days(31));
        for token in [token.as_str(), token.as_str(), "", "act_x"] {
            renew(token).await;
        }
        let mails = world.mails_to("ann@acme.example", 2).await;
        assert_eq!(world.notify.so_far().len(), 2, "alive and unknown links bring nothing");
        assert_eq!(world.anybody().redeem(&world.token_in(&mails[1]), PASSWORD).await.unwrap(), user.name);
    }

    async fn no_token_is_stored(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let (_, token) = invited(&world, &company, "ann@acme.example").await;
        let mut tx = world.db.read().await.unwrap();
        let events = tx.query("SELECT event FROM outbox").all(|row| row.get::<Vec<u8>>("event")).await.unwrap();
        assert!(!events.is_empty());
        for event in events {
            assert!(!event.windows(token.len()).any(|window| window == token.as_bytes()));
        }
    }
}
