//! The second shape: one process after the other is killed, stopped, frozen, restarted.

use std::time::{Duration, Instant};

use tokio::process::Command;

use super::rounds;
use super::scene::Scene;
use crate::installation::Installation;
use crate::shape::{MEMORIES, SERVICES};

/// Rounds of work between two faults, and while one replica is away.
const ROUNDS: usize = 15;
/// From the start of a process to ready (reliability.md, R1). One in 25 may take longer on a busy machine.
const READY: Duration = Duration::from_secs(2);
/// The drain limit of the fixture is 10 s; jobs and connections get a little more.
const STOPPED: Duration = Duration::from_secs(18);
/// Callers give a frozen process up within 5 s (R11), and the database gives up the locks it held in 12 s.
const FROZEN: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n7_each_program_killed_in_turn_loses_and_doubles_nothing() {
    let mut scene = Scene::begin(Installation::five(2).await).await;
    for round in 0..rounds() {
        for service in SERVICES {
            let number = round % 2;
            scene.load.goes_on(ROUNDS).await;
            scene.shape().kill(service, number).await;
            scene.load.goes_on(ROUNDS).await;
            scene.revive(service, number).await;
        }
    }
    let (late, all) = (scene.ready.iter().filter(|took| **took > READY).count(), scene.ready.len());
    scene.end(&format!("SIGKILL of each program in turn, {all} times")).await;
    assert!(late * 25 <= all, "{late} of {all} were not ready within {READY:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_of_every_program_fails_no_request() {
    let mut scene = Scene::begin(Installation::five(2).await).await;
    let mut stops = 0;
    for (service, number) in (0..rounds().div_ceil(5)).flat_map(|_| replicas()) {
        scene.load.goes_on(ROUNDS).await;
        let began = Instant::now();
        let ended = scene.shape().terminate(service, number).await;
        assert!(ended.success(), "{service} {number}: {ended}");
        assert!(began.elapsed() < STOPPED, "{service} {number}: {:?}", began.elapsed());
        scene.revive(service, number).await;
        stops += 1;
    }
    scene.load.goes_on(ROUNDS).await;
    let ledger = scene.end(&format!("SIGTERM and start of each replica under work, {stops} times")).await;
    assert_eq!(ledger.failures, [] as [String; 0], "no request failed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_program_holds_no_call_beyond_its_deadline() {
    let mut scene = Scene::begin(Installation::five(2).await).await;
    let mut freezes = 0;
    for service in (0..rounds().div_ceil(5)).flat_map(|_| MEMORIES) {
        freezes += 1;
        scene.load.goes_on(ROUNDS).await;
        let id = scene.shape().id(service, 0).unwrap();
        signal("STOP", id).await;
        let began = Instant::now();
        // Four workers may hold a call each at the frozen one; the round after that is everybody's.
        scene.load.goes_on(ROUNDS).await;
        assert!(began.elapsed() < FROZEN, "{service}: work went on after {:?}", began.elapsed());
        signal("CONT", id).await;
    }
    scene.end(&format!("SIGSTOP of a replica of each, {freezes} times")).await;
}

/// Each replica of each program, one after the other.
fn replicas() -> impl Iterator<Item = (&'static str, usize)> {
    SERVICES.into_iter().flat_map(|service| [(service, 0), (service, 1)])
}

async fn signal(name: &str, id: u32) {
    let sent = Command::new("kill").args([format!("-{name}"), id.to_string()]).status().await.unwrap();
    assert!(sent.success());
}
