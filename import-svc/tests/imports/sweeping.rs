//! What time does to imports.

use platform::testing::{Engine, eventually, on_both};
use proto::imports::v1::import::State;
use proto::imports::v1::{GetImportRequest, ImportKind};
use proto::refusal::Reason;

use crate::fakes::trap::Fault;
use crate::people;
use crate::world::{World, reason};

on_both! {
    async fn a_plan_waits_thirty_days_and_is_then_forgotten_with_its_rows(engine: Engine) {
        let mut world = World::new(engine).await;
        let plan = world.users(&people::location_users(10)).await;
        world.time.advance(chrono::TimeDelta::days(30));
        world.restart().await;
        let state = || async { world.get(&plan).await.state() };
        eventually("the plan expires", state, |state| *state == State::Expired).await;
        assert_eq!(world.rows(&plan, "").await, []);
        assert_eq!(reason(&world.accept(&plan).await.unwrap_err()), Some(Reason::ImportNotReady));
        world.is_sound().await;
    }

    async fn a_finished_import_is_kept_thirty_days(engine: Engine) {
        let mut world = World::new(engine).await;
        let done = world.import(&world.users(&people::location_users(10)).await).await;
        world.time.advance(chrono::TimeDelta::days(29));
        world.restart().await;
        assert_eq!(world.rows(&done, "").await.len(), 10);
        world.time.advance(chrono::TimeDelta::days(2));
        world.restart().await;
        let request = GetImportRequest { name: done.name.clone() };
        let gone = || async { world.client().get_import(request.clone()).await.is_err() };
        eventually("the import is forgotten", gone, |gone| *gone).await;
        world.is_sound().await;
    }

    async fn seats_of_an_acceptance_that_died_are_freed(engine: Engine) {
        let mut world = World::new(engine).await;
        let plan = world.invites(&people::license_invite(20)).await;
        // Version, free seats, reservation: it takes effect, and then the process dies.
        world.trap.arm(2, Fault::HangAfter);
        tokio::select! {
            _ = world.accept(&plan) => panic!("it was answered"),
            () = world.trap.sprung() => {}
        }
        assert_eq!(world.seats.pool().free(), 90);
        world.restart().await;
        let free = || async { world.seats.pool().free() };
        eventually("the seats are free", free, |free| *free == 100).await;
        let accepted = eventually("it can be accepted", || world.accept(&plan), Result::is_ok).await.unwrap();
        assert_eq!(world.rests(&accepted).await.state(), State::Succeeded);
        world.is_sound().await;
    }

    async fn an_upload_that_broke_is_forgotten(engine: Engine) {
        let world = World::new(engine).await;
        let start = crate::world::start_of(ImportKind::LocationUsers);
        let broken = world.send(start, Vec::new()).await.unwrap_err();
        assert_eq!(reason(&broken), Some(Reason::FieldViolations));
        assert_eq!(crate::lists::all(&world).await, Vec::<String>::new());
    }
}
