//! What an accepted import does.

use platform::testing::{Engine, eventually, on_both};
use proto::imports::v1::import::State;
use proto::imports::v1::{CancelImportRequest, ImportKind, RowOutcome};
use proto::refusal::Reason;

use crate::fakes::trap::Fault;
use crate::people;
use crate::world::{ORGANIZATION, World, counts, reason};

on_both! {
    async fn b14_b15_true_rows_take_a_seat_and_false_rows_do_not(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.invites("email,license\nann@example.com,true\nbob@example.com,false\n").await;
        let done = world.import(&plan).await;
        assert_eq!((done.state(), counts(&done)), (State::Succeeded, [2, 2, 0, 0, 0, 0]));
        assert_eq!(world.directory.emails(), ["ann@example.com", "bob@example.com"]);
        let ann = world.directory.people().users["ann@example.com"].0.clone();
        assert_eq!(world.seats.pool().given, std::slice::from_ref(&ann));
        assert_eq!(world.seats.pool().free(), 99);
        let rows = world.rows(&done, "").await;
        assert_eq!((rows[0].user.as_str(), rows[0].license_enabled), (ann.as_str(), true));
        assert!(!rows[1].user.is_empty() && !rows[1].license_enabled);
        assert_eq!(world.directory.people().writers.iter().collect::<Vec<_>>(), [&world.admin.key()]);
        world.is_sound().await;
    }

    async fn d9_b15_users_who_are_switched_off_get_no_seat(engine: Engine) {
        let mut world = World::new(engine).await;
        // Only identity-svc knows yet, and tells it when the user is written.
        let known = world.directory.add(ORGANIZATION, "off@example.com", "", "");
        world.directory.people().deactivated.insert("off@example.com".to_owned());
        let late = world.directory.add(ORGANIZATION, "late@example.com", "", "");
        let file = "email,license\noff@example.com,true\nlate@example.com,true\nann@example.com,true\n";
        let plan = world.invites(file).await;
        assert_eq!((counts(&plan), plan.seats_required), ([3, 1, 2, 0, 0, 0], 3));
        // Version, users and their seats again, free seats, reservation, users: their seats wait.
        world.trap.arm(6, Fault::HangBefore);
        let accepted = world.accept(&plan).await.unwrap();
        world.trap.sprung().await;
        // A moment before the seat is asked for: only license-svc knows.
        world.seats.pool().suspended.insert(late.clone());
        world.restart().await;
        let done = world.rests(&accepted).await;
        assert_eq!(done.state(), State::Succeeded);
        let rows = world.rows(&done, "").await;
        let told: Vec<_> =
            rows.iter().map(|row| (row.outcome(), row.user.as_str(), row.license_enabled)).collect();
        let ann = world.directory.people().users["ann@example.com"].0.clone();
        let expected = [
            (RowOutcome::Unchanged, known.as_str(), false),
            (RowOutcome::Unchanged, late.as_str(), false),
            (RowOutcome::New, ann.as_str(), true),
        ];
        assert_eq!(told, expected);
        assert_eq!(world.given_and_free(), (1, 99), "what was set aside for the others is free again");
        assert!(world.seats.pool().reserved.is_empty());
        world.is_sound().await;
    }

    async fn d9_a_block_of_nobody_but_users_who_are_switched_off_asks_for_no_seat(engine: Engine) {
        let world = World::new(engine).await;
        world.directory.add(ORGANIZATION, "off@example.com", "", "");
        world.directory.people().deactivated.insert("off@example.com".to_owned());
        let done = world.import(&world.invites("email,license\noff@example.com,true\n").await).await;
        assert_eq!((done.state(), counts(&done)), (State::Succeeded, [1, 0, 0, 1, 0, 0]));
        assert_eq!(world.given_and_free(), (0, 100));
        world.is_sound().await;
    }

    async fn b15_a_row_whose_user_was_given_the_licence_meanwhile_says_so(engine: Engine) {
        let mut world = World::new(engine).await;
        let plan = world.invites("email,license\nann@example.com,true\nbob@example.com,true\n").await;
        // Version, free seats, reservation, users: their seats wait.
        world.trap.arm(4, Fault::HangBefore);
        let accepted = world.accept(&plan).await.unwrap();
        world.trap.sprung().await;
        let ann = world.directory.people().users["ann@example.com"].0.clone();
        world.seats.pool().holders.insert(ann);
        world.restart().await;
        let done = world.rests(&accepted).await;
        assert_eq!(done.state(), State::Succeeded);
        assert!(world.rows(&done, "").await.iter().all(|row| row.license_enabled));
        assert_eq!(world.given_and_free(), (1, 98));
        world.is_sound().await;
    }

    async fn f13_the_imported_users_are_listed_with_what_became_of_them(engine: Engine) {
        let world = World::new(engine).await;
        world.directory.add(ORGANIZATION, "ann@example.com", "Ann", "Lee");
        let file = "first name,last name,email,title\nAnn,Lee,ann@example.com,CEO\nBob,Ray,bob@example.com,\n";
        let done = world.import(&world.users(file).await).await;
        let rows = world.rows(&done, "").await;
        let told: Vec<_> = rows.iter().map(|row| (row.line, row.outcome(), row.values["email"].as_str())).collect();
        assert_eq!(
            told,
            [(2, RowOutcome::Updated, "ann@example.com"), (3, RowOutcome::New, "bob@example.com")]
        );
        assert_eq!(rows[1].values.get("title"), None);
        assert_eq!(world.directory.fields("ann@example.com").title.as_deref(), Some("CEO"));
        assert_eq!((done.progress.unwrap().done, done.progress.unwrap().total), (2, 2));
        assert!(done.end_time.is_some());
    }

    async fn q12_a_blank_cell_keeps_what_is_stored(engine: Engine) {
        let world = World::new(engine).await;
        let first = "first name,last name,email,title\nAnn,Lee,ann@example.com,CEO\n";
        world.import(&world.users(first).await).await;
        let plan = world.users("first name,last name,email,title\nAnn,Ray,ann@example.com,\n").await;
        assert_eq!(counts(&plan), [1, 0, 1, 0, 0, 0]);
        world.import(&plan).await;
        let fields = world.directory.fields("ann@example.com");
        assert_eq!((fields.family_name.as_deref(), fields.title.as_deref()), (Some("Ray"), Some("CEO")));
    }

    async fn f16_the_same_file_a_second_time_creates_nobody(engine: Engine) {
        let world = World::new(engine).await;
        let file = people::location_users(60);
        assert_eq!(counts(&world.import(&world.users(&file).await).await), [60, 60, 0, 0, 0, 0]);
        let second = world.users(&file).await;
        assert_eq!(counts(&second), [60, 0, 0, 60, 0, 0]);
        assert_eq!(counts(&world.import(&second).await), [60, 0, 0, 60, 0, 0]);
        assert_eq!(world.directory.people().created.len(), 60);
        let invites = people::license_invite(60);
        world.import(&world.invites(&invites).await).await;
        let again = world.invites(&invites).await;
        assert_eq!((counts(&again), again.seats_required), ([60, 0, 0, 60, 0, 0], 0));
        world.import(&again).await;
        assert_eq!(world.seats.pool().given.len(), 30);
        world.is_sound().await;
    }

    async fn n1_who_was_changed_after_the_acceptance_is_written_though_no_chunk_before_wrote(engine: Engine) {
        let world = World::new(engine).await;
        // One more than a chunk has, so that the last one comes alone.
        let mut file = String::from("first name,last name,email\n");
        for number in 0..2_501 {
            world.directory.add(ORGANIZATION, &format!("user{number}@example.com"), "Ann", "Lee");
            file.push_str(&format!("Ann,Lee,user{number}@example.com\n"));
        }
        let plan = world.users(&file).await;
        assert_eq!(counts(&plan), [2_501, 0, 0, 2_501, 0, 0]);
        // Version when accepting, version when carrying out.
        world.trap.arm(1, Fault::HangBefore);
        let accepted = world.accept(&plan).await.unwrap();
        world.trap.sprung().await;
        world.directory.rename("user2500@example.com", "Eve");
        let mut world = world;
        world.restart().await;
        let done = world.rests(&accepted).await;
        assert_eq!((done.state(), counts(&done)), (State::Succeeded, [2_501, 0, 1, 2_500, 0, 0]));
        assert_eq!(world.directory.fields("user2500@example.com").given_name.as_deref(), Some("Ann"));
        world.is_sound().await;
    }

    async fn a_row_that_a_later_one_replaced_names_no_user(engine: Engine) {
        let world = World::new(engine).await;
        world.directory.add(ORGANIZATION, "ann@example.com", "Ann", "Lee");
        let file = "first name,last name,email\nAnn,Lee,ann@example.com\nEve,Lee,ann@example.com\n";
        let done = world.import(&world.users(file).await).await;
        let rows = world.rows(&done, "").await;
        let told: Vec<_> = rows.iter().map(|row| (row.outcome(), row.user.is_empty())).collect();
        assert_eq!(told, [(RowOutcome::Superseded, true), (RowOutcome::Updated, false)]);
    }

    async fn an_unchanged_row_names_whoever_has_its_address_now(engine: Engine) {
        let world = World::new(engine).await;
        world.directory.add(ORGANIZATION, "ann@example.com", "Ann", "Lee");
        let file = "first name,last name,email\nAnn,Lee,ann@example.com\nBob,Ray,bob@example.com\n";
        let plan = world.users(file).await;
        let another = world.directory.add(ORGANIZATION, "ann@example.com", "Ann", "Lee");
        let bob = world.directory.add(ORGANIZATION, "bob@example.com", "Bob", "Ray");
        assert_eq!(reason(&world.accept(&plan).await.unwrap_err()), Some(Reason::PlanStale));
        let plan = world.get(&plan).await;
        assert_eq!(counts(&plan), [2, 0, 0, 2, 0, 0]);
        let done = world.import(&plan).await;
        let users: Vec<_> = world.rows(&done, "").await.into_iter().map(|row| row.user).collect();
        assert_eq!(users, [another, bob]);
    }

    /// The fake directory panics when it is asked for invitations; seats are given by license-svc,
    /// whose announcements are the only mails of an import.
    async fn n18_an_import_asks_for_no_mail(engine: Engine) {
        let world = World::new(engine).await;
        let done = world.import(&world.users(&people::location_users(30)).await).await;
        assert_eq!(done.state(), State::Succeeded);
        assert_eq!(world.seats.pool().given, Vec::<String>::new());
    }

    async fn f11_cancel_before_acceptance_forgets_the_file(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.users(&people::location_users(10)).await;
        let request = CancelImportRequest { name: plan.name.clone(), request_id: "cancel".into() };
        let cancelled = world.client().cancel_import(request.clone()).await.unwrap().into_inner();
        assert_eq!(cancelled.state(), State::Cancelled);
        assert_eq!(world.client().cancel_import(request).await.unwrap().into_inner(), cancelled);
        assert_eq!(world.cancel(&plan).await.unwrap().state(), State::Cancelled);
        assert_eq!(world.rows(&plan, "").await, []);
        assert_eq!(reason(&world.accept(&cancelled).await.unwrap_err()), Some(Reason::ImportNotReady));
        assert_eq!(world.directory.emails(), Vec::<String>::new());
        let corrected = world.import(&world.users(&people::location_users(10)).await).await;
        assert_eq!(corrected.state(), State::Succeeded);
        assert_eq!(reason(&world.cancel(&corrected).await.unwrap_err()), Some(Reason::ImportNotReady));
        world.is_sound().await;
    }

    async fn f11_cancel_while_the_file_is_validated(engine: Engine) {
        let world = World::new(engine).await;
        world.trap.arm(0, Fault::HangBefore);
        let import = world.upload(ImportKind::LocationUsers, people::location_users(10)).await.unwrap();
        world.trap.sprung().await;
        assert_eq!(world.cancel(&import).await.unwrap().state(), State::Cancelled);
        assert_eq!(world.rests(&import).await.state(), State::Cancelled);
        world.is_sound().await;
    }

    async fn cancel_during_the_import_stops_after_the_chunks_that_were_begun(engine: Engine) {
        let world = World::new(engine).await;
        world.seats.pool().purchased = 5_000;
        let plan = world.invites(&people::license_invite(6_000)).await;
        // Version, free seats, reservation, users of the first chunk: its seats wait.
        world.trap.arm(4, Fault::HangBefore);
        let accepted = world.accept(&plan).await.unwrap();
        world.trap.sprung().await;
        let cancelling = world.cancel(&accepted).await.unwrap();
        assert_eq!(cancelling.state(), State::Importing);
        let mut world = world;
        world.restart().await;
        let done = world.rests(&accepted).await;
        assert_eq!(done.state(), State::Cancelled);
        let written = world.directory.emails().len();
        assert!((2_500..=5_000).contains(&written), "{written}");
        assert_eq!(counts(&done), [6_000, written as i32, 0, 0, 0, 0], "everybody who was added is told");
        assert!(world.seats.pool().reserved.is_empty());
        world.is_sound().await;
    }

    async fn whoever_lost_the_right_stops_the_import_and_its_seats_are_free(engine: Engine) {
        let world = World::new(engine).await;
        world.seats.pool().purchased = 5_000;
        let plan = world.invites(&people::license_invite(6_000)).await;
        // The first chunk is written, the second is refused: version, free, reserve, users, seats.
        world.trap.arm(5, Fault::Refuse);
        let accepted = world.accept(&plan).await.unwrap();
        let done = world.rests(&accepted).await;
        assert_eq!(done.state(), State::Cancelled);
        assert_eq!(done.file_problem.clone().unwrap().code, "PERMISSION_DENIED");
        assert_eq!(counts(&done), [6_000, 2_500, 0, 0, 0, 0]);
        assert_eq!(world.given_and_free(), (1_250, 3_750));
        world.is_sound().await;
    }

    async fn where_seats_are_refused_the_users_that_were_written_are_told(engine: Engine) {
        let world = World::new(engine).await;
        world.seats.pool().purchased = 5_000;
        let plan = world.invites(&people::license_invite(6_000)).await;
        // Version, free seats, reservation, users of the first chunk: its seats are refused.
        world.trap.arm(4, Fault::Refuse);
        let accepted = world.accept(&plan).await.unwrap();
        let done = world.rests(&accepted).await;
        assert_eq!(done.state(), State::Cancelled);
        let written = world.directory.emails().len();
        assert!((2_500..=5_000).contains(&written), "{written}");
        assert_eq!(counts(&done), [6_000, written as i32, 0, 0, 0, 0]);
        assert_eq!(world.given_and_free(), (0, 5_000));
        world.is_sound().await;
    }

    async fn a_service_that_is_away_is_waited_for(engine: Engine) {
        let world = World::new(engine).await;
        world.trap.arm(0, Fault::LoseAnswer);
        let import = world.upload(ImportKind::LicenseInvite, people::license_invite(10)).await.unwrap();
        eventually("the call was lost", || async { world.trap.is_armed() }, |armed| !*armed).await;
        let rested = || async {
            world.time.advance(chrono::TimeDelta::seconds(1));
            world.get(&import).await.state()
        };
        eventually("the plan stands", rested, |state| *state == State::AwaitingAcceptance).await;
    }
}
