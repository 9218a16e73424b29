//! "Send Activation Emails": whom, once, and through crashes.

use chrono::TimeDelta;
use futures::StreamExt;
use identity_svc::Config;
use platform::testing::{Engine, eventually, on_both, within};
use prost_types::Timestamp;
use proto::events::v1::message_state_changed::State as Moved;
use proto::events::v1::{DeliverRequest, Event, MessageStateChanged, event::Payload};
use proto::identity::v1::bulk_run::State;
use proto::identity::v1::invitation::State as InvitationState;
use proto::identity::v1::send_activation_emails_request::Selection;
use proto::identity::v1::{
    BulkRun, CancelBulkRunRequest, GetBulkRunRequest, Role, SendActivationEmailsRequest, User, UserNames,
    WatchBulkRunRequest,
};
use proto::refusal::Reason;
use uuid::Uuid;

use crate::directory::upsert;
use crate::world::{Company, World, bad_fields, cheap, reason};

fn request(company: &Company, selection: Selection) -> SendActivationEmailsRequest {
    SendActivationEmailsRequest {
        parent: company.name.clone(),
        selection: Some(selection),
        ..SendActivationEmailsRequest::default()
    }
}

fn by_filter(filter: &str) -> Selection {
    Selection::Filter(filter.into())
}

/// Sends to these users and waits until it is done.
pub async fn send(world: &World, company: &Company, names: &[&str]) -> BulkRun {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let owner = world.owner(company).await;
    let request = request(company, Selection::Users(UserNames { names }));
    let run = owner.users().send_activation_emails(request).await.unwrap().into_inner();
    finished(world, company, &run.name).await
}

async fn finished(world: &World, company: &Company, name: &str) -> BulkRun {
    let ask = || async {
        let owner = world.owner(company).await;
        owner.bulk_runs().get_bulk_run(GetBulkRunRequest { name: name.into() }).await.unwrap().into_inner()
    };
    eventually("the run ends", ask, |run| run.state() != State::Running).await
}

fn mails(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event.payload, Some(Payload::MailRequested(_)))).count()
}

on_both! {
    async fn g11_g12_g19_pending_members_get_one_mail_each_and_others_are_named(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        upsert(&world, &company, 0..3).await;
        world.member(&company, "ann@acme.example", Role::Member).await;
        let phone = User {
            kind: proto::identity::v1::user::Kind::Loginless.into(),
            display_name: "Phone".into(),
            ..User::default()
        };
        owner.create(&company.name, phone).await.unwrap();
        let dry = SendActivationEmailsRequest { validate_only: true, ..request(&company, by_filter("")) };
        let counted = owner.users().send_activation_emails(dry).await.unwrap().into_inner();
        assert_eq!((counted.name.as_str(), counted.total_count), ("", 6));
        assert_eq!((counted.done_count, counted.skipped_count), (3, 3));
        assert!(world.notify.so_far().is_empty(), "counting sends nothing (N18)");
        let run = owner.users().send_activation_emails(request(&company, by_filter(""))).await.unwrap();
        let run = finished(&world, &company, &run.into_inner().name).await;
        assert_eq!((run.state(), run.total_count, run.done_count), (State::Succeeded, 6, 3));
        let skips: Vec<_> = run.skips.iter().map(|skip| (skip.reason.as_str(), skip.count)).collect();
        assert_eq!(skips, [("NOT_PENDING", 2), ("NO_EMAIL", 1)]);
        let told = world.notify.told("three mails", |events| mails(events) >= 3).await;
        assert_eq!(mails(&told), 3);
        let queued = owner.emails(&company.name, "invitation.state = STATE_QUEUED").await;
        assert_eq!(queued, ["user0@bulk.example", "user1@bulk.example", "user2@bulk.example"]);
    }

    async fn a_second_sending_within_a_minute_is_skipped(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let user = world.pending(&company, "ann@acme.example").await;
        assert_eq!(send(&world, &company, &[&user.name]).await.done_count, 1);
        world.time.advance(TimeDelta::seconds(59));
        let again = send(&world, &company, &[&user.name]).await;
        assert_eq!((again.done_count, again.skips[0].reason.as_str()), (0, "SEND_COOLDOWN"));
        world.time.advance(TimeDelta::seconds(1));
        assert_eq!(send(&world, &company, &[&user.name]).await.done_count, 1);
        let invitation = world.owner(&company).await.get(&user.name).await.unwrap().invitation.unwrap();
        assert_eq!((invitation.send_count, invitation.state()), (2, InvitationState::Queued));
    }

    async fn n9_no_more_mails_go_out_than_were_counted_however_long_the_answer_takes(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let ann = world.pending(&company, "ann@acme.example").await;
        world.pending(&company, "bob@acme.example").await;
        send(&world, &company, &[&ann.name]).await;
        let owner = world.owner(&company).await;
        let both = || request(&company, by_filter("state = STATE_PENDING"));
        let dry = SendActivationEmailsRequest { validate_only: true, ..both() };
        let counted = owner.users().send_activation_emails(dry).await.unwrap().into_inner();
        assert_eq!((counted.done_count, counted.skipped_count), (1, 1));
        world.time.advance(TimeDelta::minutes(5));
        world.pending(&company, "eve@acme.example").await;
        let owner = world.owner(&company).await;
        let asked = SendActivationEmailsRequest { as_of_time: counted.create_time, ..both() };
        let run = owner.users().send_activation_emails(asked).await.unwrap().into_inner();
        let run = finished(&world, &company, &run.name).await;
        assert_eq!((run.total_count, run.done_count), (2, 1), "Eve was not counted");
        assert_eq!(run.skips[0].reason, "SEND_COOLDOWN");
        let far_future = Timestamp { seconds: 4_000_000_000, nanos: 0 };
        let from_the_future = SendActivationEmailsRequest { as_of_time: Some(far_future), ..both() };
        let run = owner.users().send_activation_emails(from_the_future).await.unwrap().into_inner();
        let run = finished(&world, &company, &run.name).await;
        assert_eq!((run.done_count, run.skips[0].count), (2, 1), "a time to come lets nobody be mailed twice");
        let never = Some(Timestamp { seconds: i64::MAX, nanos: 0 });
        let never = SendActivationEmailsRequest { as_of_time: never, ..both() };
        assert_eq!(bad_fields(owner.users().send_activation_emails(never).await), ["as_of_time"]);
    }

    async fn q23_the_mail_s_fate_is_shown_beside_the_user(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let user = world.pending(&company, "ann@acme.example").await;
        send(&world, &company, &[&user.name]).await;
        let mail = world.mails_to("ann@acme.example", 1).await.remove(0);
        let moved = |state: Moved, dedupe_key: &str| Event {
            id: Uuid::now_v7().to_string(),
            source: "notify".into(),
            payload: Some(Payload::MessageStateChanged(MessageStateChanged {
                user: user.name.clone(),
                dedupe_key: dedupe_key.into(),
                state: state.into(),
                detail: "550 5.1.1 no such user".into(),
            })),
            ..Event::default()
        };
        let deliver = |events: Vec<Event>| {
            let calls = world.service("notify");
            async move { calls.inbox().deliver(DeliverRequest { events }).await.unwrap() }
        };
        let owner = world.owner(&company).await;
        let sent = moved(Moved::Sent, &mail.dedupe_key);
        deliver(vec![sent.clone()]).await;
        let bounced = moved(Moved::Bounced, &mail.dedupe_key);
        deliver(vec![bounced, moved(Moved::Sent, "activation/old/0"), moved(Moved::Sent, "purchase/x")]).await;
        deliver(vec![sent]).await;
        let invitation = owner.get(&user.name).await.unwrap().invitation.unwrap();
        assert_eq!(invitation.state(), InvitationState::Bounced, "a repeated delivery changes nothing");
        assert_eq!(invitation.detail, "550 5.1.1 no such user");
        assert_eq!(owner.emails(&company.name, "invitation.state = STATE_BOUNCED").await, ["ann@acme.example"]);
        let forged = DeliverRequest { events: vec![moved(Moved::Sent, &mail.dedupe_key)] };
        assert_eq!(reason(world.owner(&company).await.inbox().deliver(forged).await), Reason::PermissionDenied);
    }

    async fn a_run_is_resumed_after_its_worker_died_and_mails_nobody_twice(engine: Engine) {
        let mut world = World::with(engine, Config { bulk_chunk: 1, ..cheap() }).await;
        let company = world.company("acme").await;
        upsert(&world, &company, 0..60).await;
        let owner = world.owner(&company).await;
        let selection = by_filter("state = STATE_PENDING");
        let run = owner.users().send_activation_emails(request(&company, selection)).await.unwrap().into_inner();
        assert_eq!((run.total_count, run.done_count, run.state()), (60, 0, State::Running));
        for died_after in [1, 20, 40] {
            world.notify.told("some mails", |events| mails(events) >= died_after).await;
            world.restart().await;
            world.time.advance(TimeDelta::seconds(61));
        }
        let run = finished(&world, &company, &run.name).await;
        assert_eq!((run.state(), run.done_count, run.skipped_count), (State::Succeeded, 60, 0));
        let told = world.notify.told("all mails", |events| mails(events) >= 60).await;
        assert_eq!(mails(&told), 60);
    }

    async fn a_cancelled_run_stops_and_keeps_what_is_done(engine: Engine) {
        let world = World::with(engine, Config { bulk_chunk: 1, ..cheap() }).await;
        let company = world.company("acme").await;
        upsert(&world, &company, 0..200).await;
        let owner = world.owner(&company).await;
        let run = owner.users().send_activation_emails(request(&company, by_filter(""))).await.unwrap();
        let name = run.into_inner().name;
        let cancel = CancelBulkRunRequest { name: name.clone(), request_id: String::new() };
        let cancelled = owner.bulk_runs().cancel_bulk_run(cancel.clone()).await.unwrap().into_inner();
        assert_eq!(cancelled.state(), State::Cancelled);
        let later = owner.bulk_runs().cancel_bulk_run(cancel).await.unwrap().into_inner();
        assert_eq!(later, cancelled, "nothing was done since");
    }

    async fn a_watch_begins_with_a_snapshot_and_ends_with_the_run(engine: Engine) {
        let world = World::with(engine, Config { bulk_chunk: 2, ..cheap() }).await;
        let company = world.company("acme").await;
        upsert(&world, &company, 0..10).await;
        let owner = world.owner(&company).await;
        let run = owner.users().send_activation_emails(request(&company, by_filter(""))).await.unwrap().into_inner();
        let watch = WatchBulkRunRequest { name: run.name.clone(), after_sequence: 0 };
        let stream = owner.bulk_runs().watch_bulk_run(watch.clone()).await.unwrap().into_inner();
        let told: Vec<_> = within("the run ends", stream.map(Result::unwrap).collect()).await;
        assert!(told.is_sorted_by_key(|told: &proto::identity::v1::WatchBulkRunResponse| told.sequence));
        let last = told.last().unwrap().bulk_run.clone().unwrap();
        assert_eq!((last.state(), last.done_count), (State::Succeeded, 10));
        let stream = owner.bulk_runs().watch_bulk_run(watch).await.unwrap().into_inner();
        let told: Vec<_> = within("a snapshot", stream.map(Result::unwrap).collect()).await;
        assert_eq!(told.len(), 1);
        let other = world.company("other").await;
        let get = GetBulkRunRequest { name: run.name };
        assert_eq!(reason(world.owner(&other).await.bulk_runs().get_bulk_run(get).await), Reason::NotFound);
    }
}
