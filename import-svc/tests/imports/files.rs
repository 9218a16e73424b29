//! The corpus: the same people as spreadsheets of the world save them (N6), through the calls.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use platform::testing::{Engine, on_both};
use proto::imports::v1::ImportKind;
use proto::imports::v1::import::State;

use crate::people;
use crate::world::{World, counts};

fn files() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../roster/tests/data");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_file =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "csv" || extension == "txt");
    let named = |path: PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())
    };
    paths.filter(is_file).map(named).collect()
}

on_both! {
    /// The figures are printed; the bound only catches what is wrong by an order of magnitude.
    async fn n7_ten_thousand_rows_are_validated_and_imported_in_seconds(engine: Engine) {
        let world = World::new(engine).await;
        world.seats.pool().purchased = 6_000;
        let file = people::license_invite(10_000);
        let started = Instant::now();
        let plan = world.invites(&file).await;
        let validated = started.elapsed();
        assert_eq!((counts(&plan), plan.seats_required), ([10_000, 10_000, 0, 0, 0, 0], 5_000));
        let started = Instant::now();
        let done = world.import(&plan).await;
        let imported = started.elapsed();
        assert_eq!((done.state(), world.given_and_free()), (State::Succeeded, (5_000, 1_000)));
        println!("{engine:?}: 10,000 rows validated in {validated:?}, imported in {imported:?}");
        assert!(validated + imported < Duration::from_secs(15), "{validated:?} + {imported:?}");
        world.is_sound().await;
    }

    async fn n6_every_file_of_the_corpus_gives_the_identical_plan(engine: Engine) {
        let world = World::new(engine).await;
        let files = files();
        assert!(files.len() >= 20, "{} files", files.len());
        for (name, bytes) in files {
            let is_invite = name.starts_with("invite");
            let kind = if is_invite { ImportKind::LicenseInvite } else { ImportKind::LocationUsers };
            let plan = world.plan(kind, bytes).await;
            assert_eq!(plan.state(), State::AwaitingAcceptance, "{name}: {:?}", plan.file_problem);
            assert_eq!(counts(&plan), [50, 50, 0, 0, 0, 0], "{name}");
            assert_eq!(plan.seats_required, if is_invite { 25 } else { 0 }, "{name}");
        }
    }
}
