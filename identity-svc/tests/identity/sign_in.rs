//! Sessions: beginning, ending, and what guessing meets.

use chrono::TimeDelta;
use identity_svc::Config;
use platform::testing::{Engine, on_both};
use proto::identity::v1::{DeleteSessionRequest, GetCurrentSessionRequest, ListSessionsRequest, Role, User};
use proto::refusal::{Reason, Refusal};
use tonic::Status;

use crate::world::{PASSWORD, World, cheap, reason};

fn shown(status: &Status) -> (tonic::Code, String, Option<Reason>, Vec<u8>) {
    (status.code(), status.message().into(), Refusal::reason_of(status), status.details().to_vec())
}

on_both! {
    async fn e1_a_session_tells_where_one_is_a_user(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        let ann = world.signed_in("Ann@ACME.example").await;
        let session = ann.sessions().get_current_session(GetCurrentSessionRequest {}).await.unwrap().into_inner();
        assert_eq!(session.email, "ann@acme.example");
        let [membership] = session.memberships.as_slice() else { panic!("{session:?}") };
        assert_eq!((&membership.user, &membership.organization), (&member.name, &company.name));
        assert!(membership.portal && membership.role() == Role::Member);
        let owner = world.owner(&company).await;
        assert!(owner.get(&member.name).await.unwrap().last_sign_in_time.is_some());
    }

    async fn every_failed_sign_in_has_the_same_answer(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.pending(&company, "pending@acme.example").await;
        let gone = world.member(&company, "gone@acme.example", Role::Member).await;
        let off = User { active: Some(false), ..gone };
        world.owner(&company).await.update(off, &["active"]).await.unwrap();
        world.member(&company, "ann@acme.example", Role::Member).await;
        let mut answers = Vec::new();
        for (email, password) in [
            ("ann@acme.example", "wrong-tram-1"),
            ("nobody@acme.example", PASSWORD),
            ("pending@acme.example", PASSWORD),
            ("gone@acme.example", PASSWORD),
            ("not an address", PASSWORD),
            ("ann@acme.example", &"x".repeat(5000)),
        ] {
            answers.push(shown(&world.session_token(email, password).await.unwrap_err()));
        }
        assert_eq!(answers[0].2, Some(Reason::SignInFailed));
        assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    }

    async fn guessing_gets_slower_for_known_and_unknown_addresses_alike(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, "ann@acme.example", Role::Member).await;
        for email in ["ann@acme.example", "nobody@acme.example"] {
            for _ in 0..6 {
                assert_eq!(reason(world.session_token(email, "wrong-tram-1").await), Reason::SignInFailed);
            }
            assert_eq!(reason(world.session_token(email, PASSWORD).await), Reason::RateLimited);
        }
        world.time.advance(TimeDelta::seconds(1));
        world.session_token("ann@acme.example", PASSWORD).await.unwrap();
        world.session_token("ann@acme.example", PASSWORD).await.unwrap();
    }

    async fn at_most_a_hundred_guesses_in_a_row_reach_the_hash(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, "ann@acme.example", Role::Member).await;
        let mut reached = 0;
        for _ in 0..120 {
            if reason(world.session_token("ann@acme.example", "wrong-tram-1").await) == Reason::SignInFailed {
                reached += 1;
            }
            world.time.advance(TimeDelta::minutes(15));
        }
        assert_eq!(reached, 100);
        assert_eq!(reason(world.session_token("ann@acme.example", PASSWORD).await), Reason::RateLimited);
        // Whoever owns the mailbox is never locked out.
        let request = proto::identity::v1::RequestPasswordResetRequest { email: "ann@acme.example".into() };
        world.anybody().credentials().request_password_reset(request).await.unwrap();
        let token = world.token_for("ann@acme.example").await;
        world.anybody().redeem(&token, "fresh-tram-77").await.unwrap();
        world.session_token("ann@acme.example", "fresh-tram-77").await.unwrap();
    }

    async fn a_session_ends_after_30_idle_minutes(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let token = world.session_token(&company.owner_email, PASSWORD).await.unwrap();
        for _ in 0..3 {
            world.time.advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
            world.with_token(&token).await.unwrap();
        }
        world.time.advance(TimeDelta::minutes(30));
        assert_eq!(reason(world.with_token(&token).await.map(drop)), Reason::SessionExpired);
    }

    async fn a_session_lives_12_hours_however_busy(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let token = world.session_token(&company.owner_email, PASSWORD).await.unwrap();
        for _ in 0..36 {
            world.with_token(&token).await.unwrap();
            world.time.advance(TimeDelta::minutes(20));
        }
        assert_eq!(reason(world.with_token(&token).await.map(drop)), Reason::SessionExpired);
    }

    async fn signing_out_ends_one_session_at_once(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let (one, two) = (
            world.session_token(&company.owner_email, PASSWORD).await.unwrap(),
            world.session_token(&company.owner_email, PASSWORD).await.unwrap(),
        );
        let calls = world.with_token(&one).await.unwrap();
        let current = calls.sessions().get_current_session(GetCurrentSessionRequest {}).await.unwrap().into_inner();
        let account = current.name.split("/sessions").next().unwrap().to_owned();
        let list = ListSessionsRequest { parent: account.clone(), page_size: 1, page_token: String::new() };
        let page = calls.sessions().list_sessions(list.clone()).await.unwrap().into_inner();
        let next = ListSessionsRequest { page_token: page.next_page_token, ..list.clone() };
        let rest = calls.sessions().list_sessions(next).await.unwrap().into_inner();
        assert_eq!((page.sessions.len(), rest.sessions.len(), rest.next_page_token.as_str()), (1, 1, ""));
        calls.sessions().delete_session(DeleteSessionRequest { name: current.name }).await.unwrap();
        assert_eq!(reason(world.with_token(&one).await.map(drop)), Reason::SessionExpired);
        world.with_token(&two).await.unwrap();
        let other = world.company("other").await;
        let stranger = world.signed_in(&other.owner_email).await;
        assert_eq!(reason(stranger.sessions().list_sessions(list).await), Reason::PermissionDenied);
    }

    async fn n17_a_deactivation_ends_every_session_before_it_answers(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        let token = world.session_token("ann@acme.example", PASSWORD).await.unwrap();
        world.with_token(&token).await.unwrap();
        owner.update(User { active: Some(false), ..member.clone() }, &["active"]).await.unwrap();
        assert_eq!(reason(world.with_token(&token).await.map(drop)), Reason::SessionExpired);
        assert_eq!(reason(world.session_token("ann@acme.example", PASSWORD).await), Reason::SignInFailed);
        owner.update(User { active: Some(true), etag: String::new(), ..member }, &["active"]).await.unwrap();
        assert_eq!(reason(world.with_token(&token).await.map(drop)), Reason::SessionExpired);
        world.session_token("ann@acme.example", PASSWORD).await.unwrap();
    }

    async fn forged_credentials_are_refused_alike(engine: Engine) {
        let world = World::new(engine).await;
        for bearer in ["", "x", "ses_", "ses_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "roster_", "roster_x"] {
            assert_eq!(reason(world.with_token(bearer).await.map(drop)), Reason::SessionExpired, "{bearer}");
        }
        let none = proto::identity::v1::AuthenticateRequest { credential: None };
        assert_eq!(reason(world.service("gateway").access().authenticate(none).await), Reason::SessionMissing);
    }

    async fn a_hash_at_another_cost_is_renewed_at_sign_in(engine: Engine) {
        let mut world = World::new(engine).await;
        let company = world.company("acme").await;
        world.change_config(Config { hash_memory: 16, ..cheap() }).await;
        world.session_token(&company.owner_email, PASSWORD).await.unwrap();
        let stored = world.stored_hashes().await;
        assert!(stored.iter().all(|hash| hash.starts_with("$argon2id$v=19$m=16,t=1,p=1$")), "{stored:?}");
        world.session_token(&company.owner_email, PASSWORD).await.unwrap();
    }

    async fn a_flood_is_refused_and_never_counted_against_anybody(engine: Engine) {
        let slow = Config { hash_memory: 65_536, hash_passes: 4, hash_queue: 1, ..cheap() };
        let world = World::with(engine, slow).await;
        let tries = (0..40).map(|number| {
            let calls = world.anybody();
            async move {
                let request = proto::identity::v1::CreateSessionRequest {
                    email: format!("user{}@acme.example", number % 4),
                    password: PASSWORD.into(),
                    device_token: String::new(),
                };
                reason(calls.sessions().create_session(request).await)
            }
        });
        let answers = futures::future::join_all(tries).await;
        assert!(answers.contains(&Reason::RateLimited) && answers.contains(&Reason::SignInFailed));
    }
}
