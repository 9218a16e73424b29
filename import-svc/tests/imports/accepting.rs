//! Accepting exactly the plan that was seen, or not at all.

use platform::testing::{Engine, on_both};
use proto::imports::v1::AcceptImportRequest;
use proto::imports::v1::accept_import_request::{AcceptMode, WhenSeatsRunOut};
use proto::imports::v1::import::State;
use proto::refusal::Reason;

use crate::fakes::trap::Fault;
use crate::world::{ORGANIZATION, World, accept_of, account, counts, fact, reason};

const MIXED: &str = "email,license\nann@example.com,true\nnobody,true\nbob@example.com,false\n";

fn invites(rows: usize) -> String {
    let rows = (0..rows).map(|number| format!("user{number}@example.com,true\n"));
    format!("email,license\n{}", rows.collect::<String>())
}

on_both! {
    async fn n1_too_few_seats_refuse_and_the_same_plan_is_accepted_after_buying(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.invites(&invites(120)).await;
        let refused = world.accept(&plan).await.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::InsufficientSeats));
        let facts = ["seatsRequired", "seatsFree", "shortfall"].map(|key| fact(&refused, key));
        assert_eq!(facts, ["120", "100", "20"]);
        assert_eq!(world.get(&plan).await, plan);
        assert!(world.seats.pool().reserved.is_empty());
        world.seats.pool().purchased = 120;
        let done = world.import(&plan).await;
        assert_eq!((done.state(), counts(&done)), (State::Succeeded, counts(&plan)));
        assert_eq!(world.given_and_free(), (120, 0));
        world.is_sound().await;
    }

    async fn q8_import_without_gives_seats_in_file_order_until_they_are_out(engine: Engine) {
        let world = World::new(engine).await;
        world.seats.pool().purchased = 3;
        let plan = world.invites(&invites(5)).await;
        let request = AcceptImportRequest {
            when_seats_run_out: WhenSeatsRunOut::ImportWithout.into(),
            ..accept_of(&plan)
        };
        let accepted = world.accept_with(request).await.unwrap();
        let done = world.rests(&accepted).await;
        assert_eq!((done.state(), done.without_license_count), (State::Succeeded, 2));
        let licensed: Vec<bool> = world.rows(&done, "").await.iter().map(|row| row.license_enabled).collect();
        assert_eq!(licensed, [true, true, true, false, false]);
        assert_eq!((world.directory.emails().len(), world.seats.pool().given.len()), (5, 3));
        world.is_sound().await;
    }

    async fn n1_a_changed_organization_makes_the_plan_stale_and_a_new_one_stands(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.users("first name,last name,email\nAnn,Lee,ann@example.com\nBob,Ray,bob@example.com\n").await;
        world.directory.add(ORGANIZATION, "bob@example.com", "Bob", "Ray");
        let stale = world.accept(&plan).await.unwrap_err();
        assert_eq!((reason(&stale), stale.code()), (Some(Reason::PlanStale), tonic::Code::Aborted));
        let new = world.get(&plan).await;
        assert_eq!(counts(&new), [2, 1, 0, 1, 0, 0]);
        assert_ne!(new.etag, plan.etag);
        assert!(new.etag.len() > 2 && new.etag.starts_with('"') && new.etag.ends_with('"'), "{}", new.etag);
        assert_eq!(fact(&stale, "currentEtag"), new.etag);
        assert_eq!(world.directory.people().created, Vec::<String>::new());
        world.is_sound().await;
        let old = world.accept(&plan).await.unwrap_err();
        assert_eq!((reason(&old), fact(&old, "currentEtag")), (Some(Reason::EtagMismatch), new.etag.clone()));
        assert_eq!(world.import(&new).await.state(), State::Succeeded);
        assert_eq!(world.directory.people().created, ["ann@example.com"]);
    }

    async fn n1_a_change_that_concerns_no_row_leaves_the_plan_as_it_is(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.users("first name,last name,email\nAnn,Lee,ann@example.com\n").await;
        world.directory.add(ORGANIZATION, "somebody@example.com", "Some", "Body");
        assert_eq!(world.import(&plan).await.state(), State::Succeeded);
    }

    async fn n1_a_seat_taken_away_meanwhile_makes_the_plan_stale(engine: Engine) {
        let world = World::new(engine).await;
        let holder = world.directory.add(ORGANIZATION, "ann@example.com", "", "");
        world.seats.pool().holders.insert(holder.clone());
        let plan = world.invites("ann@example.com,true\n").await;
        assert_eq!((counts(&plan), plan.seats_required), ([1, 0, 0, 1, 0, 0], 0));
        world.seats.pool().holders.remove(&holder);
        assert_eq!(reason(&world.accept(&plan).await.unwrap_err()), Some(Reason::PlanStale));
        let new = world.get(&plan).await;
        assert_eq!((counts(&new), new.seats_required), ([1, 0, 1, 0, 0, 0], 1));
        let done = world.import(&new).await;
        assert_eq!((done.state(), world.seats.pool().given.len()), (State::Succeeded, 1));
        world.is_sound().await;
    }

    async fn d9_n1_who_is_switched_off_keeps_no_seat_from_those_behind(engine: Engine) {
        let world = World::new(engine).await;
        world.seats.pool().purchased = 1;
        let off = world.directory.add(ORGANIZATION, "off@example.com", "", "");
        world.directory.people().deactivated.insert("off@example.com".to_owned());
        world.seats.pool().suspended.insert(off.clone());
        let plan = world.invites("email,license\noff@example.com,true\nann@example.com,true\n").await;
        assert_eq!((plan.seats_required, plan.seats_free, plan.shortfall), (1, 1, 0));
        assert_eq!(counts(&plan), [2, 1, 0, 1, 0, 0]);
        let done = world.import(&plan).await;
        assert_eq!((done.state(), done.without_license_count), (State::Succeeded, 0));
        assert_eq!(counts(&done), counts(&plan));
        let rows = world.rows(&done, "").await;
        let told: Vec<_> = rows.iter().map(|row| (row.user.as_str(), row.license_enabled)).collect();
        let ann = world.directory.people().users["ann@example.com"].0.clone();
        assert_eq!(told, [(off.as_str(), false), (ann.as_str(), true)]);
        assert_eq!(world.given_and_free(), (1, 0));
        world.is_sound().await;
    }

    async fn d9_n1_who_is_switched_off_or_on_meanwhile_makes_the_plan_stale(engine: Engine) {
        let world = World::new(engine).await;
        let ann = world.directory.add(ORGANIZATION, "ann@example.com", "", "");
        let plan = world.invites("ann@example.com,true\n").await;
        assert_eq!((counts(&plan), plan.seats_required), ([1, 0, 1, 0, 0, 0], 1));
        world.seats.pool().suspended.insert(ann.clone());
        assert_eq!(reason(&world.accept(&plan).await.unwrap_err()), Some(Reason::PlanStale));
        let plan = world.get(&plan).await;
        assert_eq!((counts(&plan), plan.seats_required), ([1, 0, 0, 1, 0, 0], 0));
        world.seats.pool().suspended.remove(&ann);
        assert_eq!(reason(&world.accept(&plan).await.unwrap_err()), Some(Reason::PlanStale));
        let plan = world.get(&plan).await;
        assert_eq!((counts(&plan), plan.seats_required), ([1, 0, 1, 0, 0, 0], 1));
        let done = world.import(&plan).await;
        assert_eq!((done.state(), world.given_and_free()), (State::Succeeded, (1, 99)));
        world.is_sound().await;
    }

    async fn f12_q11_errors_refuse_unless_the_valid_rows_are_asked_for(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.invites(MIXED).await;
        let refused = world.accept(&plan).await.unwrap_err();
        assert_eq!((reason(&refused), fact(&refused, "errors")), (Some(Reason::ImportHasErrors), "1".into()));
        assert_eq!(world.directory.emails(), Vec::<String>::new());
        let request = AcceptImportRequest { accept_mode: AcceptMode::ValidRows.into(), ..accept_of(&plan) };
        let accepted = world.accept_with(request).await.unwrap();
        let done = world.rests(&accepted).await;
        assert_eq!((done.state(), counts(&done)), (State::Succeeded, [3, 2, 0, 0, 0, 1]));
        assert_eq!(world.directory.emails(), ["ann@example.com", "bob@example.com"]);
        world.is_sound().await;
        let nothing = world.invites("nobody,true\n").await;
        let request = AcceptImportRequest { accept_mode: AcceptMode::ValidRows.into(), ..accept_of(&nothing) };
        let refused = world.accept_with(request).await.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::ImportHasErrors));
    }

    async fn the_etag_is_required_and_modes_are_checked(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.invites("ann@example.com,true\n").await;
        let good = || accept_of(&plan);
        for request in [
            AcceptImportRequest { etag: String::new(), ..good() },
            AcceptImportRequest { accept_mode: 9, ..good() },
            AcceptImportRequest { when_seats_run_out: 9, ..good() },
            AcceptImportRequest { request_id: "x".repeat(129), ..good() },
            AcceptImportRequest { name: ORGANIZATION.into(), ..good() },
        ] {
            let refused = world.accept_with(request).await.unwrap_err();
            assert_eq!(reason(&refused), Some(Reason::FieldViolations));
        }
        let wrong = AcceptImportRequest { etag: "0".into(), ..good() };
        let refused = world.accept_with(wrong).await.unwrap_err();
        assert_eq!((reason(&refused), fact(&refused, "currentEtag")), (Some(Reason::EtagMismatch), plan.etag.clone()));
        let absent = AcceptImportRequest { name: format!("{ORGANIZATION}/imports/{}", uuid::Uuid::now_v7()), ..good() };
        assert_eq!(reason(&world.accept_with(absent).await.unwrap_err()), Some(Reason::NotFound));
        let stranger = account();
        let refused = world.client_of(&stranger).accept_import(good()).await.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::NotFound));
    }

    async fn n13_a_repeated_acceptance_is_answered_as_the_first(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.invites(&invites(3)).await;
        let request = || AcceptImportRequest { request_id: "accept".into(), ..accept_of(&plan) };
        let first = world.accept_with(request()).await.unwrap();
        world.rests(&first).await;
        assert_eq!(world.accept_with(request()).await.unwrap(), first);
        let other = AcceptImportRequest { accept_mode: AcceptMode::ValidRows.into(), ..request() };
        assert_eq!(reason(&world.accept_with(other).await.unwrap_err()), Some(Reason::IdempotencyKeyReused));
        let again = world.accept(&plan).await.unwrap_err();
        assert_eq!(reason(&again), Some(Reason::ImportNotReady));
        assert_eq!(world.seats.pool().given.len(), 3);
    }

    async fn an_acceptance_whose_reservation_got_no_answer_can_be_made_again(engine: Engine) {
        let world = World::new(engine).await;
        world.seats.pool().purchased = 3;
        let plan = world.invites(&invites(3)).await;
        // Version, free seats, reservation: the third call.
        world.trap.arm(2, Fault::LoseAnswer);
        let request = || AcceptImportRequest { request_id: "accept".into(), ..accept_of(&plan) };
        let lost = world.accept_with(request()).await.unwrap_err();
        assert_eq!(reason(&lost), Some(Reason::DependencyUnavailable));
        assert_eq!(world.seats.pool().free(), 0);
        let accepted = world.accept_with(request()).await.unwrap();
        assert_eq!(world.rests(&accepted).await.state(), State::Succeeded);
        assert_eq!(world.seats.pool().given.len(), 3);
        world.is_sound().await;
    }

    async fn two_acceptances_at_once_are_one(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.invites(&invites(50)).await;
        let both = futures::future::join(world.accept(&plan), world.accept(&plan)).await;
        let refused = match both {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
            other => panic!("{other:?}"),
        };
        let expected = [Some(Reason::RequestInProgress), Some(Reason::ImportNotReady)];
        assert!(expected.contains(&reason(&refused)), "{refused:?}");
        assert_eq!(world.rests(&plan).await.state(), State::Succeeded);
        assert_eq!(world.seats.pool().given.len(), 50);
        world.is_sound().await;
    }
}
