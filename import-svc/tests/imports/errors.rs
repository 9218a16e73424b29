//! The error file: fixed and uploaded again (F10, N4).

use platform::testing::{Engine, on_both};
use proto::imports::v1::DownloadImportErrorsRequest;
use proto::imports::v1::import::State;

use crate::world::{World, counts};

const FILE: &str = "first name;last name;email;title;note\n\
    Ann;Lee;ann@example.com;CEO;kept\n\
    Bob;;bob@example.com;=cmd|'/C calc'!A0;\"a;b\"\n\
    Carl;Ray;carl at example;;\n";

on_both! {
    async fn f10_n4_the_error_file_holds_the_failed_rows_and_imports_them_once_fixed(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.users(FILE).await;
        assert_eq!(counts(&plan), [3, 1, 0, 0, 0, 2]);
        let (header, bytes) = world.errors(&plan).await;
        assert_eq!(header, "attachment; filename=\"new-people-errors.csv\"");
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[0], "first name;last name;email;title;note;row;column;code;message");
        assert!(lines[1].starts_with("Bob;;bob@example.com;\"'=cmd|"), "{}", lines[1]);
        assert!(lines[1].contains(";3;last name;NAME_REQUIRED;"), "{}", lines[1]);
        assert!(lines[2].starts_with("Carl;Ray;carl at example;;;4;email;EMAIL_INVALID;"), "{}", lines[2]);
        assert_eq!(lines.len(), 3);
        let fixed = text.replace("Bob;;", "Bob;Fox;").replace("carl at example", "carl@example.com");
        let second = world.users(&fixed).await;
        assert_eq!(counts(&second), [2, 2, 0, 0, 0, 0]);
        let done = world.import(&second).await;
        assert_eq!(done.state(), State::Succeeded);
        // The cell that looked like a formula is what it was.
        assert_eq!(world.directory.fields("bob@example.com").title.as_deref(), Some("=cmd|'/C calc'!A0"));
        assert_eq!(world.directory.emails(), ["bob@example.com", "carl@example.com"]);
    }

    async fn n4_rows_of_the_error_file_are_the_rows_reported_as_failed(engine: Engine) {
        let world = World::new(engine).await;
        let mut file = String::from("email,license\n");
        for number in 0..1_500 {
            let license = if number % 3 == 0 { "maybe" } else { "true" };
            file.push_str(&format!("user{number}@example.com,{license}\n"));
        }
        let plan = world.invites(&file).await;
        assert_eq!(counts(&plan), [1_500, 1_000, 0, 0, 0, 500]);
        let (_, bytes) = world.errors(&plan).await;
        let lines = String::from_utf8(bytes).unwrap().lines().count();
        assert_eq!(lines, 501);
        let group = &plan.error_groups[0];
        assert_eq!((group.code.as_str(), group.row_count, group.sample_lines.len()), ("BOOLEAN_INVALID", 500, 5));
    }

    async fn the_first_piece_says_what_it_is(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.invites("nobody,true\n").await;
        let request = DownloadImportErrorsRequest { name: plan.name.clone() };
        let mut pieces = world.client().download_import_errors(request).await.unwrap().into_inner();
        let first = pieces.message().await.unwrap().unwrap();
        assert_eq!(first.content_type, "text/csv; charset=utf-8");
    }
}
