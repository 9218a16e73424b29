//! N7: killed anywhere, an import ends as if it had not been.

use platform::testing::{Engine, on_both, within};
use proto::imports::v1::import::State;
use proto::imports::v1::{AcceptImportRequest, Import, ImportKind};

use crate::fakes::trap::Fault;
use crate::people;
use crate::world::{World, accept_of, counts};

/// Two sets of rows to look up, three chunks to import.
const ROWS: usize = 5_100;

/// Uploads, accepts and waits; when a call hangs, the process is killed and everything is asked again.
async fn through(world: &mut World) -> Import {
    let uploaded = world.upload(ImportKind::LicenseInvite, people::license_invite(ROWS)).await.unwrap();
    let plan = rests(world, &uploaded).await;
    assert_eq!(plan.state(), State::AwaitingAcceptance);
    let request = || AcceptImportRequest { request_id: "accept".into(), ..accept_of(&plan) };
    let accepted = tokio::select! {
        accepted = world.accept_with(request()) => Some(accepted.unwrap()),
        () = world.trap.sprung() => None,
    };
    let accepted = match accepted {
        Some(accepted) => accepted,
        None => {
            world.restart().await;
            within("the acceptance is answered", accepted_at_last(world, request())).await
        }
    };
    rests(world, &accepted).await
}

/// The sweeper may be freeing the seats of the acceptance that died.
async fn accepted_at_last(world: &World, request: AcceptImportRequest) -> Import {
    loop {
        match world.accept_with(request.clone()).await {
            Ok(accepted) => return accepted,
            Err(status) => assert_eq!(status.code(), tonic::Code::Aborted, "{status:?}"),
        }
    }
}

async fn rests(world: &mut World, import: &Import) -> Import {
    let rested = tokio::select! {
        rested = world.rests(import) => Some(rested),
        () = world.trap.sprung() => None,
    };
    match rested {
        Some(rested) => rested,
        None => {
            world.restart().await;
            world.rests(import).await
        }
    }
}

async fn as_uninterrupted(world: &World, done: &Import) {
    let rows = i32::try_from(ROWS).unwrap();
    assert_eq!((done.state(), counts(done)), (State::Succeeded, [rows, rows, 0, 0, 0, 0]));
    assert_eq!(world.directory.people().created.len(), ROWS);
    assert_eq!(world.directory.emails().len(), ROWS);
    assert_eq!(world.given_and_free(), (ROWS / 2, 100));
    assert_eq!(world.seats.pool().holders.len(), ROWS / 2);
    let progress = done.progress.unwrap();
    assert_eq!((progress.done, progress.total), (rows, rows));
    world.is_sound().await;
}

async fn killed_at_each_call(engine: Engine, fault: Fault) {
    for call in 0.. {
        let mut world = World::new(engine).await;
        world.seats.pool().purchased = i64::try_from(ROWS / 2 + 100).unwrap();
        world.trap.arm(call, fault);
        let done = through(&mut world).await;
        as_uninterrupted(&world, &done).await;
        if world.trap.is_armed() {
            assert!(call > 10, "only {call} calls were made");
            return;
        }
    }
}

on_both! {
    async fn n7_killed_before_any_call_takes_effect(engine: Engine) {
        killed_at_each_call(engine, Fault::HangBefore).await;
    }

    async fn n7_killed_after_any_call_took_effect(engine: Engine) {
        killed_at_each_call(engine, Fault::HangAfter).await;
    }

    async fn n7_killed_again_and_again(engine: Engine) {
        let mut world = World::new(engine).await;
        world.seats.pool().purchased = i64::try_from(ROWS / 2 + 100).unwrap();
        let uploaded = world.upload(ImportKind::LicenseInvite, people::license_invite(ROWS)).await.unwrap();
        for call in [0, 1, 1] {
            world.trap.arm(call, Fault::HangAfter);
            within("a call hangs", world.trap.sprung()).await;
            world.restart().await;
        }
        let plan = rests(&mut world, &uploaded).await;
        let accepted = world.accept(&plan).await.unwrap();
        for call in [0, 0, 1, 1] {
            world.trap.arm(call, Fault::HangAfter);
            within("a call hangs", world.trap.sprung()).await;
            world.restart().await;
        }
        let done = rests(&mut world, &accepted).await;
        as_uninterrupted(&world, &done).await;
    }
}
