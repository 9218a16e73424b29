//! The corpus: the same people as spreadsheets of the world save them (N6), through the calls.

use std::path::PathBuf;

use platform::testing::{Engine, on_both};
use proto::imports::v1::ImportKind;
use proto::imports::v1::import::State;

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
