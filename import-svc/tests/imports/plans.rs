//! What a plan says, before anything is written.

use platform::testing::{Engine, on_both};
use proto::imports::v1::import::State;
use proto::imports::v1::{ListImportRowsRequest, RowOutcome};

use crate::world::{ORGANIZATION, World, counts};

const HEADER: &str = "first name,last name,email\n";

on_both! {
    async fn f7_three_required_fields_and_a_row_that_lacks_one_is_an_error(engine: Engine) {
        let world = World::new(engine).await;
        let file = format!("{HEADER}Ann,Lee,ann@example.com\n,Lee,b@example.com\nCarl,,c@example.com\nDan,Ray,\n");
        let import = world.users(&file).await;
        assert_eq!(counts(&import), [4, 1, 0, 0, 0, 3]);
        let failed = world.rows(&import, "outcome = ROW_OUTCOME_ERROR").await;
        let problems: Vec<_> = failed.iter().map(|row| (row.line, row.problems[0].code.as_str())).collect();
        assert_eq!(problems, [(3, "NAME_REQUIRED"), (4, "NAME_REQUIRED"), (5, "EMAIL_REQUIRED")]);
        assert!(failed.iter().all(|row| row.problems[0].blocking));
        assert_eq!(failed[1].values["first name"], "Carl");
        let groups: Vec<_> = import
            .error_groups
            .iter()
            .map(|group| (group.code.as_str(), group.column.as_str(), group.row_count, group.sample_lines.clone()))
            .collect();
        assert_eq!(
            groups,
            [
                ("EMAIL_REQUIRED", "email", 1, vec![5]),
                ("NAME_REQUIRED", "first name", 1, vec![3]),
                ("NAME_REQUIRED", "last name", 1, vec![4]),
            ]
        );
        world.is_sound().await;
    }

    async fn a_header_with_a_character_that_no_database_takes_is_read_without_it(engine: Engine) {
        let world = World::new(engine).await;
        world.seats.pool().purchased = 1;
        let import = world.invites("email,license,no\0te\nann@example.com,true\n").await;
        assert_eq!((import.state(), counts(&import)), (State::AwaitingAcceptance, [1, 1, 0, 0, 0, 0]));
        let import = world.users("first name,sur\0x,email\nAnn,Lee,ann@example.com\n").await;
        assert_eq!(import.state(), State::Rejected);
        world.is_sound().await;
    }

    async fn an_address_that_begins_like_an_archive_is_an_address(engine: Engine) {
        let world = World::new(engine).await;
        let import = world.invites("BZhang@example.com,false\nGIF8@example.com,false\n").await;
        assert_eq!((import.state(), counts(&import)), (State::AwaitingAcceptance, [2, 2, 0, 0, 0, 0]));
    }

    async fn f8_the_last_row_of_an_address_wins(engine: Engine) {
        let world = World::new(engine).await;
        // Far enough apart to be looked up in different sets.
        let mut file = format!("{HEADER}Old,Lee,ann@example.com\n");
        for number in 0..8_000 {
            file.push_str(&format!("First,Last,user{number}@example.com\n"));
        }
        file.push_str("New,Lee,ANN@example.com\n");
        let import = world.users(&file).await;
        assert_eq!(counts(&import), [8_002, 8_001, 0, 0, 1, 0]);
        let superseded = world.rows(&import, "outcome = ROW_OUTCOME_SUPERSEDED").await;
        assert_eq!((superseded[0].line, superseded[0].superseded_by_line), (2, 8_003));
        let done = world.import(&import).await;
        assert_eq!(done.state(), State::Succeeded);
        assert_eq!(world.directory.fields("ann@example.com").given_name.as_deref(), Some("New"));
        world.is_sound().await;
    }

    async fn f9_results_are_shown_before_any_user_is_written(engine: Engine) {
        let world = World::new(engine).await;
        world.directory.add(ORGANIZATION, "ann@example.com", "Ann", "Lee");
        world.directory.add(ORGANIZATION, "bob@example.com", "Bob", "Ray");
        let file = format!("{HEADER}Ann,Lee,ann@example.com\nRob,Ray,bob@example.com\nEve,Fox,eve@example.com\n");
        let import = world.users(&file).await;
        assert_eq!(import.state(), State::AwaitingAcceptance);
        assert_eq!(counts(&import), [3, 1, 1, 1, 0, 0]);
        let outcomes: Vec<RowOutcome> = world.rows(&import, "").await.iter().map(|row| row.outcome()).collect();
        assert_eq!(outcomes, [RowOutcome::Unchanged, RowOutcome::Updated, RowOutcome::New]);
        assert!(world.rows(&import, "").await.iter().all(|row| row.user.is_empty()));
        assert_eq!(world.directory.people().created, Vec::<String>::new());
        assert_eq!(world.directory.fields("bob@example.com").given_name.as_deref(), Some("Bob"));
    }

    async fn n1_a_plan_counts_the_seats_that_it_needs_and_writes_nothing(engine: Engine) {
        let world = World::new(engine).await;
        let holder = world.directory.add(ORGANIZATION, "holder@example.com", "", "");
        world.directory.add(ORGANIZATION, "member@example.com", "", "");
        world.seats.pool().holders.insert(holder);
        let mut file = String::from("email,license\nholder@example.com,true\nmember@example.com,true\n");
        for number in 0..119 {
            file.push_str(&format!("user{number}@example.com,true\n"));
        }
        let import = world.invites(&file).await;
        assert_eq!(counts(&import), [121, 119, 1, 1, 0, 0]);
        assert_eq!((import.seats_required, import.seats_free, import.shortfall), (120, 99, 21));
        assert_eq!(world.seats.pool().given, Vec::<String>::new());
        assert!(world.seats.pool().reserved.is_empty());
        assert_eq!(world.directory.people().created, Vec::<String>::new());
    }

    async fn n6_a_column_that_is_not_imported_is_told(engine: Engine) {
        let world = World::new(engine).await;
        let import = world.users("first name,last name,email,tittle\nAnn,Lee,ann@example.com,CEO\n").await;
        assert_eq!(counts(&import), [1, 1, 0, 0, 0, 0]);
        assert_eq!(import.counts.unwrap().warnings, 1);
        let group = &import.error_groups[0];
        assert_eq!((group.code.as_str(), group.column.as_str(), group.row_count), ("COLUMN_IGNORED", "tittle", 1));
        assert!(group.message.contains("“title”"), "{}", group.message);
    }

    async fn rows_have_no_meaning_before_the_plan_stands(engine: Engine) {
        let world = World::new(engine).await;
        world.trap.arm(0, crate::fakes::trap::Fault::HangBefore);
        let import = world.users_uploaded(&format!("{HEADER}Ann,Lee,ann@example.com\n")).await;
        world.trap.sprung().await;
        let request = ListImportRowsRequest { parent: import.name.clone(), ..ListImportRowsRequest::default() };
        let refused = world.client().list_import_rows(request).await.unwrap_err();
        assert_eq!(crate::world::reason(&refused), Some(proto::refusal::Reason::ImportNotReady));
    }
}
