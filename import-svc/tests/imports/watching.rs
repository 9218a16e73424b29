//! Progress as it happens.

use futures::StreamExt;
use platform::testing::{Engine, on_both, within};
use proto::imports::v1::import::State;
use proto::imports::v1::{Import, ImportKind, WatchImportRequest};
use proto::refusal::Reason;

use crate::fakes::trap::Fault;
use crate::people;
use crate::world::{World, account, reason};

fn watch_of(import: &Import) -> WatchImportRequest {
    WatchImportRequest { name: import.name.clone(), after_sequence: 0 }
}

on_both! {
    async fn a_snapshot_comes_at_once_and_then_each_change_until_the_import_rests(engine: Engine) {
        let world = World::new(engine).await;
        world.trap.arm(0, Fault::HangBefore);
        let import = world.upload(ImportKind::LocationUsers, people::location_users(5_000)).await.unwrap();
        world.trap.sprung().await;
        let mut world = world;
        let mut steps = world.client().watch_import(watch_of(&import)).await.unwrap().into_inner();
        let first = within("the snapshot", steps.next()).await.unwrap().unwrap();
        assert_eq!(first.import.unwrap().state(), State::Validating);
        drop(steps);
        // The process that held the stream dies; the next one goes on with the file.
        world.restart().await;
        let mut steps = world.client().watch_import(watch_of(&import)).await.unwrap().into_inner();
        let (mut last, mut done, mut states) = (0, 0, Vec::new());
        while let Some(step) = within("a step", steps.next()).await {
            let step = step.unwrap();
            assert!(step.sequence > last);
            last = step.sequence;
            let import = step.import.unwrap();
            let progress = import.progress.unwrap();
            assert!(progress.done >= done, "{} after {done}", progress.done);
            done = progress.done;
            states.push(import.state());
        }
        assert_eq!((done, states.last()), (5_000, Some(&State::AwaitingAcceptance)));
        let plan = world.get(&import).await;
        let mut steps = world.client().watch_import(watch_of(&plan)).await.unwrap().into_inner();
        assert_eq!(steps.next().await.unwrap().unwrap().import.unwrap(), plan);
        assert!(steps.next().await.is_none());
    }

    async fn another_process_sees_the_changes_too(engine: Engine) {
        let world = World::new(engine).await;
        world.trap.arm(0, Fault::HangBefore);
        let import = world.upload(ImportKind::LocationUsers, people::location_users(10)).await.unwrap();
        world.trap.sprung().await;
        let (process, mut client) = world.neighbour();
        let mut steps = client.watch_import(watch_of(&import)).await.unwrap().into_inner();
        let first = within("the snapshot", steps.next()).await.unwrap().unwrap();
        assert_eq!(first.import.unwrap().state(), State::Validating);
        world.cancel(&import).await.unwrap();
        let second = within("the change", steps.next()).await.unwrap().unwrap();
        assert_eq!(second.import.unwrap().state(), State::Cancelled);
        process.spawner.stop(std::time::Duration::ZERO).await;
    }

    async fn a_watch_ends_with_its_process(engine: Engine) {
        let world = World::new(engine).await;
        world.trap.arm(0, Fault::HangBefore);
        let import = world.upload(ImportKind::LocationUsers, people::location_users(10)).await.unwrap();
        world.trap.sprung().await;
        let mut steps = world.client().watch_import(watch_of(&import)).await.unwrap().into_inner();
        within("the snapshot", steps.next()).await.unwrap().unwrap();
        world.drain();
        let ended = within("the end", steps.next()).await.unwrap().unwrap_err();
        assert_eq!(reason(&ended), Some(Reason::Draining));
        let refused = world.client_of(&account()).watch_import(watch_of(&import)).await.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::NotFound));
    }
}
