use notify_svc::{Config, Delivery, Site};
use platform::keys::Keys;
use platform::peer::Peers;
use platform::serve::Process;
use platform::testing::{Engine, TestClock, on_both};
use proto::events::v1::message_state_changed::State;

use crate::world::World;

on_both! {
    async fn g12_the_mail_has_the_exact_subject_and_a_link_to_set_the_password(engine: Engine) {
        let world = World::with(engine, Config::default()).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();

        let mails = world.mails_when(1).await;
        assert_eq!(mails[0].subject, "Your account has been created!");
        assert_eq!(mails[0].recipient_email, "ann@example.com");
        assert_eq!(mails[0].link, "https://roster.example/activate#act_secret");
        assert!(mails[0].text_body.contains("Acme has created an account for you."));
        assert!(mails[0].text_body.contains("\nact_secret\n"), "the code stands below the link");
        let heard = world.heard(1).await;
        assert_eq!(heard[0].state(), State::Sent);
    }

    async fn the_same_event_twice_and_the_same_dedupe_key_twice_are_one_mail(engine: Engine) {
        let world = World::with(engine, Config::default()).await;
        let event = world.activation("ann@example.com");
        let mut other = event.clone();
        other.id = uuid::Uuid::now_v7().to_string();

        world.deliver(vec![event.clone()]).await.unwrap();
        world.deliver(vec![event, other, world.activation("bob@example.com")]).await.unwrap();

        assert_eq!(world.mails_when(2).await.len(), 2);
        assert_eq!(world.heard(2).await.len(), 2);
    }

    async fn a_link_that_has_expired_is_not_sent(engine: Engine) {
        let world = World::with(engine, Config::default()).await;
        let event = world.activation("ann@example.com");
        world.time.advance(chrono::TimeDelta::days(30));

        world.deliver(vec![event]).await.unwrap();

        assert_eq!(world.heard(1).await[0].state(), State::Failed);
        assert!(world.mails().await.is_empty());
    }

    async fn a_batch_with_an_unknown_template_is_refused_whole(engine: Engine) {
        let world = World::with(engine, Config::default()).await;
        let mut bad = world.activation("bob@example.com");
        if let Some(proto::events::v1::event::Payload::MailRequested(mail)) = &mut bad.payload {
            mail.template = "nonsense".into();
        }
        let refused = world.deliver(vec![world.activation("ann@example.com"), bad]).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert!(world.mails().await.is_empty());
    }

    async fn a_final_message_keeps_no_token(engine: Engine) {
        let world = World::with(engine, Config::default()).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
        world.heard(1).await;
        assert!(notify_svc::check(&world.db).await.unwrap().is_empty());
    }

    async fn the_development_mailbox_is_refused_in_production(engine: Engine) {
        let process = Process::new(TestClock::new().clock(), Keys::ephemeral().unwrap()).unwrap();
        let db = engine.database(&notify_svc::MIGRATIONS).await;
        let config = Config { delivery: Some(Delivery::Mailbox), ..Config::default() };
        let site = Site { public_origin: "https://roster.example".into(), development: false };
        let peers = Peers::new(process.signer("notify"));
        let refused = notify_svc::build(config, site, &process, peers, db.clone()).unwrap_err();
        assert!(refused.to_string().contains("refused in production"));
    }

    async fn an_smtp_timeout_that_outlives_the_lease_is_refused(engine: Engine) {
        let process = Process::new(TestClock::new().clock(), Keys::ephemeral().unwrap()).unwrap();
        let db = engine.database(&notify_svc::MIGRATIONS).await;
        let config = Config { smtp_timeout: std::time::Duration::from_secs(91), ..Config::default() };
        let site = Site { public_origin: "https://roster.example".into(), development: true };
        let peers = Peers::new(process.signer("notify"));
        let refused = notify_svc::build(config, site, &process, peers, db.clone()).unwrap_err();
        assert!(refused.to_string().contains("at most 90s"), "{refused}");
    }

    async fn a_password_for_the_relay_without_a_user_is_refused(engine: Engine) {
        let process = Process::new(TestClock::new().clock(), Keys::ephemeral().unwrap()).unwrap();
        let db = engine.database(&notify_svc::MIGRATIONS).await;
        let config = Config { smtp_password: Some("hunter2".parse().unwrap()), ..Config::default() };
        let site = Site { public_origin: "https://roster.example".into(), development: true };
        let peers = Peers::new(process.signer("notify"));
        let refused = notify_svc::build(config, site, &process, peers, db.clone()).unwrap_err().to_string();
        assert!(refused.contains("notify-smtp-password") && refused.contains("notify-smtp-user"), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }

    async fn a_service_asks_for_mails_in_its_own_name_only(engine: Engine) {
        let world = World::with(engine, Config::default()).await;
        let mut event = world.activation("ann@example.com");
        event.source = "license".into();
        let refused = world.deliver(vec![event]).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    }
}
