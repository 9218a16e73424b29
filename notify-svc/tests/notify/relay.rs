use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use notify_svc::{Config, Delivery, Security};
use platform::db::Everyone;
use platform::serve::Drained;
use platform::testing::{Engine, eventually, on_both};
use proto::events::v1::message_state_changed::State;
use tokio::sync::Notify;

use crate::sink::{Fault, Sink};
use crate::world::World;

/// A notify-svc that hands over to the sink at this port, one mail after the other.
pub fn through(port: u16) -> Config {
    Config {
        delivery: Some(Delivery::Smtp),
        from: "Roster <roster@roster.example>".into(),
        smtp_port: port,
        smtp_security: Security::None,
        smtp_connections: 1,
        ..Config::default()
    }
}

async fn sent(sink: &Sink, count: usize) -> Vec<String> {
    eventually("the sink gets them", || async { sink.mails() }, |mails: &Vec<_>| mails.len() == count).await
}

/// Waits until the sink has heard of this many recipients.
pub async fn asked_for(sink: &Sink, count: usize) {
    let recipients = || async { sink.recipients() };
    eventually("the sink hears of them", recipients, |heard: &Vec<_>| heard.len() == count).await;
}

on_both! {
    async fn a_mail_leaves_with_text_html_and_the_headers_of_an_automatic_mail(engine: Engine) {
        let sink = Sink::start(vec![]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();

        let mails = sent(&sink, 1).await;
        for expected in ["Subject: Your account has been created!", "Auto-Submitted: auto-generated",
            "@roster.example>", "text/plain", "text/html", "From: Roster <roster@roster.example>"] {
            assert!(mails[0].contains(expected), "{expected} is missing in {}", mails[0]);
        }
        assert_eq!(world.heard(1).await[0].state(), State::Sent);
    }

    async fn a_relay_without_pipelining_hears_one_command_after_the_other(engine: Engine) {
        let sink = Sink::start(vec![Fault::Hello("250-sink\r\n250 8BITMIME".into())]).await;
        let world = World::with(engine, through(sink.port)).await;
        let batch = ["a@example.com", "b@example.com"].map(|email| world.activation(email));
        world.deliver(batch.into()).await.unwrap();
        assert!(world.heard(2).await.iter().all(|heard| heard.state() == State::Sent));
        assert_eq!((sink.mails().len(), sink.recipients().len()), (2, 2));
    }

    async fn a_mail_that_another_took_over_is_settled_by_it_alone(engine: Engine) {
        let go_on = Arc::new(Notify::new());
        let sink = Sink::start(vec![Fault::Held(go_on.clone())]).await;
        let world = World::with(engine, Config { smtp_connections: 2, ..through(sink.port) }).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
        asked_for(&sink, 1).await;
        world.time.advance(TimeDelta::minutes(11));
        asked_for(&sink, 2).await;
        assert_eq!(world.heard(1).await[0].state(), State::Sent);
        go_on.notify_one();
        sent(&sink, 2).await;
        world.deliver(vec![world.activation("bob@example.com")]).await.unwrap();
        let heard = world.heard(2).await;
        assert_ne!(heard[0].dedupe_key, heard[1].dedupe_key, "one mail was settled twice");
    }

    async fn many_mails_leave_once_each_and_all_are_told_of(engine: Engine) {
        const MANY: usize = 300;
        let sink = Sink::start(vec![Fault::Recipient("451 4.7.1 greylisted".into())]).await;
        let world = World::with(engine, Config { smtp_connections: 4, ..through(sink.port) }).await;
        let mails = (0..MANY).map(|number| world.activation(&format!("p{number}@example.com")));
        world.deliver(mails.collect()).await.unwrap();
        let heard = world.heard(MANY).await;
        assert_eq!(heard.iter().filter(|heard| heard.state() == State::Sent).count(), MANY - 1);
        let once: HashSet<&str> = heard.iter().map(|heard| heard.dedupe_key.as_str()).collect();
        let to: HashSet<String> = sink.recipients().into_iter().collect();
        assert_eq!((heard.len(), once.len(), to.len(), sink.mails().len()), (MANY, MANY, MANY, MANY - 1));
    }

    async fn n8_a_bounce_reaches_the_member_with_what_the_server_said(engine: Engine) {
        let sink = Sink::start(vec![Fault::Recipient("550 5.1.1 no such user".into())]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("gone@example.com")]).await.unwrap();

        let heard = world.heard(1).await;
        assert_eq!(heard[0].state(), State::Bounced);
        assert_eq!(heard[0].detail, "550 5.1.1 no such user");
    }

    async fn one_that_cannot_be_sent_now_holds_up_nobody_and_leaves_later(engine: Engine) {
        let sink = Sink::start(vec![Fault::Recipient("451 4.7.1 greylisted".into())]).await;
        let world = World::with(engine, through(sink.port)).await;
        let first = world.activation("slow@example.com");
        world.deliver(vec![first]).await.unwrap();
        assert_eq!(world.heard(1).await[0].state(), State::Deferred);
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();

        let mails = sent(&sink, 1).await;
        assert!(mails[0].contains("ann@example.com"));
        world.time.advance(TimeDelta::minutes(2));
        let mails = sent(&sink, 2).await;
        assert!(mails[1].contains("slow@example.com"));
    }

    async fn a_connection_that_breaks_before_the_final_dot_loses_and_doubles_nothing(engine: Engine) {
        let sink = Sink::start(vec![Fault::CutBeforeData]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
        world.heard(1).await;
        world.time.advance(TimeDelta::minutes(2));
        world.heard(2).await;
        assert_eq!(sink.mails().len(), 1);
    }

    async fn one_that_breaks_behind_the_final_dot_is_repeated_once_with_its_message_id(engine: Engine) {
        let sink = Sink::start(vec![Fault::CutAfterFinalDot, Fault::CutAfterFinalDot]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
        world.heard(1).await;
        world.time.advance(TimeDelta::minutes(16));

        let heard = world.heard(2).await;
        assert_eq!(heard[1].state(), State::Failed, "twice unknown is final, not a third mail");
        let id = |mail: &str| mail.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
        let mails = sink.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(id(&mails[0]), id(&mails[1]));
    }

    async fn the_first_break_behind_the_final_dot_is_repeated_also_after_other_tries(engine: Engine) {
        let greylisted = Fault::Recipient("451 4.7.1 greylisted".into());
        let sink = Sink::start(vec![greylisted, Fault::CutAfterFinalDot]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
        world.heard(1).await;
        world.time.advance(TimeDelta::minutes(2));
        assert_eq!(world.heard(2).await[1].state(), State::Deferred, "it may not have left");
        world.time.advance(TimeDelta::minutes(16));
        assert_eq!(world.heard(3).await[2].state(), State::Sent);
        assert_eq!(sink.mails().len(), 2);
    }

    async fn a_domain_beyond_ascii_is_asked_for_as_it_stands_in_dns(engine: Engine) {
        let sink = Sink::start(vec![Fault::Hello("250-sink\r\n250 8BITMIME".into())]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@müller.example")]).await.unwrap();
        assert_eq!(world.heard(1).await[0].state(), State::Sent);
        assert!(sink.recipients()[0].contains("<ann@xn--mller-kva.example>"), "{:?}", sink.recipients());
    }

    async fn an_address_beyond_ascii_goes_only_to_a_relay_that_takes_it(engine: Engine) {
        let sink = Sink::start(vec![Fault::Hello("250-sink\r\n250 8BITMIME".into())]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("jürgen@example.com")]).await.unwrap();
        let heard = world.heard(1).await;
        assert_eq!(heard[0].state(), State::Failed);
        assert!(heard[0].detail.starts_with("5.6.7 "), "{}", heard[0].detail);
        assert!(sink.recipients().is_empty());
        let sink = Sink::start(vec![]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("jürgen@example.com")]).await.unwrap();
        assert_eq!(world.heard(1).await[0].state(), State::Sent);
    }

    async fn what_the_relay_has_against_the_sender_kills_no_mail_wherever_it_says_so(engine: Engine) {
        let refused = Fault::Recipient("550 5.1.8 sender's domain not found".into());
        let sink = Sink::start(vec![refused]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
        assert_eq!(world.heard(1).await[0].state(), State::Deferred);
        world.time.advance(TimeDelta::minutes(2));
        assert_eq!(world.heard(2).await[1].state(), State::Sent);
    }

    async fn a_refusal_behind_the_final_dot_is_final(engine: Engine) {
        let sink = Sink::start(vec![Fault::FinalDot("554 5.7.1 policy".into())]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
        assert_eq!(world.heard(1).await[0].state(), State::Failed);
    }

    async fn what_the_relay_has_against_us_kills_no_mail(engine: Engine) {
        let faults = vec![Fault::Hello("554 5.7.0 go away".into()), Fault::Sender("550 5.1.8 unknown sender".into())];
        let sink = Sink::start(faults).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();

        assert_eq!(world.heard(1).await[0].state(), State::Deferred);
        world.time.advance(TimeDelta::minutes(2));
        assert_eq!(world.heard(2).await[1].state(), State::Deferred);
        world.time.advance(TimeDelta::minutes(7));
        assert_eq!(world.heard(3).await[2].state(), State::Sent);
        assert_eq!(sink.mails().len(), 1);
    }

    async fn at_the_stop_the_mail_in_hand_is_finished_and_the_others_are_left(engine: Engine) {
        let go_on = Arc::new(Notify::new());
        let sink = Sink::start(vec![Fault::Held(go_on.clone())]).await;
        let world = World::with(engine, through(sink.port)).await;
        let batch = ["a@example.com", "b@example.com", "c@example.com"].map(|email| world.activation(email));
        world.deliver(batch.into()).await.unwrap();
        asked_for(&sink, 1).await;

        world.process.spawner.stopping().cancel();
        let left = || async {
            let mut tx = world.db.of(Everyone("a test looks behind the walls")).read().await.unwrap();
            let left = "SELECT count(*) AS n FROM messages WHERE state = 'QUEUED' AND lease_owner IS NULL";
            tx.query(left).value::<i64>("n").await.unwrap()
        };
        eventually("the others are given back while the relay takes its time", left, |left| *left == 2).await;
        go_on.notify_one();
        assert_eq!(world.process.spawner.stop(Duration::from_secs(10)).await, Drained::Clean);

        assert_eq!(sink.mails().len(), 1);
        assert_eq!(left().await, 2);
    }

    async fn a_slow_relay_makes_no_mail_of_a_batch_go_twice(engine: Engine) {
        let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let sink = Sink::start(vec![Fault::Held(first.clone()), Fault::Held(second.clone())]).await;
        let world = World::with(engine, Config { smtp_connections: 2, ..through(sink.port) }).await;
        let batch = ["a@example.com", "b@example.com"].map(|email| world.activation(email));
        world.deliver(batch.into()).await.unwrap();
        asked_for(&sink, 1).await;
        world.time.advance(TimeDelta::minutes(9));
        first.notify_one();
        asked_for(&sink, 2).await;
        world.time.advance(TimeDelta::minutes(2));

        // The other sender is idle, so it takes whatever looks free before this one.
        world.deliver(vec![world.activation("c@example.com")]).await.unwrap();
        asked_for(&sink, 3).await;
        second.notify_one();
        sent(&sink, 3).await;
        let twice = sink.recipients().iter().filter(|line| line.contains("b@example.com")).count();
        assert_eq!(twice, 1, "{:?}", sink.recipients());
    }

    async fn a_mail_that_left_while_the_database_was_away_does_not_leave_again(engine: Engine) {
        let go_on = Arc::new(Notify::new());
        let sink = Sink::start(vec![Fault::Held(go_on.clone())]).await;
        let world = World::with(engine, through(sink.port)).await;
        world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
        asked_for(&sink, 1).await;
        let mut blocking = world.db.of(Everyone("a test looks behind the walls")).write().await.unwrap();
        blocking.query("UPDATE messages SET detail = 'blocked'").execute().await.unwrap();
        go_on.notify_one();
        sent(&sink, 1).await;
        // Longer than anybody waits for a lock or for the writer.
        tokio::time::sleep(Duration::from_millis(5_500)).await;
        drop(blocking);

        assert_eq!(world.heard(1).await[0].state(), State::Sent);
        world.time.advance(TimeDelta::minutes(11));
        world.deliver(vec![world.activation("bob@example.com")]).await.unwrap();
        sent(&sink, 2).await;
    }

    async fn a_relay_that_leaves_between_two_mails_holds_up_neither(engine: Engine) {
        let faults = vec![Fault::Leaves("421 4.3.2 too many mails on this connection".into()), Fault::Leaves(String::new())];
        let sink = Sink::start(faults).await;
        let world = World::with(engine, through(sink.port)).await;
        for count in 1..=3 {
            world.deliver(vec![world.activation("ann@example.com")]).await.unwrap();
            assert_eq!(world.heard(count).await[count - 1].state(), State::Sent, "mail {count}");
        }
        assert_eq!(sink.mails().len(), 3);
    }

    async fn m11_a_name_with_line_ends_adds_no_header(engine: Engine) {
        let sink = Sink::start(vec![]).await;
        let world = World::with(engine, through(sink.port)).await;
        let mut event = world.activation("ann@example.com");
        if let Some(proto::events::v1::event::Payload::MailRequested(mail)) = &mut event.payload {
            mail.recipient_display_name = "Ann\r\nBcc: all@example.com\r\n\r\nbody".into();
        }
        world.deliver(vec![event]).await.unwrap();
        let mails = sent(&sink, 1).await;
        let (head, _) = mails[0].split_once("\n\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert_eq!(sink.recipients().len(), 1);
    }
}
