//! SIGTERM while people watch, work, and say nothing.

use std::net::SocketAddr;

use platform::db::{Db, Everyone, Location, Tx};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::audience::Audience;
use super::rounds;
use super::scene::Scene;
use crate::installation::Installation;
use crate::shape::Shape;

const WATCHES: usize = 100;
/// Half of them say nothing at all, the others begin a request.
const SILENT: usize = 5;
/// Rounds of work before each stop.
const ROUNDS: usize = 8;
const BEHIND: Everyone = Everyone("a test looks behind the walls");

/// Each stop ends well within 25 s (see `Shape::terminate`), though the watches have no end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_a_stop_under_work_sends_100_watches_to_the_next_door_and_loses_nothing() {
    let mut scene = Scene::begin(Installation::five(2).await).await;
    let imports = still_imports(scene.shape()).await;
    let mut audience = Audience::gather(WATCHES, &scene.doors(), &scene.watched_import().await);
    // All watch at one door, and go to the other when it closes.
    for round in 0..rounds() {
        audience.opened(WATCHES * (round + 1)).await;
        let silent = silent(scene.shape().address("gateway", round % 2)).await;
        stop(&mut scene, "gateway", round % 2).await;
        drop(silent);
    }
    audience.opened(WATCHES * (rounds() + 1)).await;
    // Each watches at one of two import-svc, so the second stop has reached everybody.
    for number in [0, 1] {
        stop(&mut scene, "import", number).await;
    }
    audience.opened(WATCHES * (rounds() + 2)).await;
    work_on(&imports).await;
    for watched in audience.leaves().await {
        assert_eq!(watched.last["import"]["state"], "STATE_AWAITING_ACCEPTANCE", "{}", watched.last);
        assert!(watched.goodbyes > rounds(), "{}", watched.goodbyes);
    }
    imports.close().await;
    let stops = rounds() + 2;
    let ledger = scene.end(&format!("SIGTERM with {WATCHES} watches and work, {stops} times")).await;
    assert_eq!(ledger.failures, [] as [String; 0], "no request failed");
}

async fn stop(scene: &mut Scene, service: &'static str, number: usize) {
    scene.load.goes_on(ROUNDS).await;
    let ended = scene.shape().terminate(service, number).await;
    assert!(ended.success(), "{service} {number}: {ended}\n{}", scene.shape().logs());
    scene.revive(service, number).await;
}

async fn silent(door: SocketAddr) -> Vec<TcpStream> {
    let mut silent = Vec::new();
    for number in 0..SILENT {
        let mut stream = TcpStream::connect(door).await.unwrap();
        if number % 2 == 1 {
            stream.write_all(b"GET /v1/sessions/current HTTP/1.1\r\nHost: ").await.unwrap();
        }
        silent.push(stream);
    }
    silent
}

/// From now on nobody takes up a new import: it is watched for as long as the test wants.
async fn still_imports(shape: &Shape) -> Db {
    let location = Location::Postgres { url: shape.owners_database("import"), connections: 1 };
    let db = Db::open(&location, &import_svc::MIGRATIONS).await.unwrap();
    let text = "ALTER TABLE imports ALTER COLUMN lease_until SET DEFAULT now() + interval '1 hour'";
    let mut tx: Tx = db.of(BEHIND).write().await.unwrap();
    // Tables belong to their owner, not to the role that works in them.
    tx.query("SET LOCAL ROLE NONE").execute().await.unwrap();
    tx.query(text).execute().await.unwrap();
    tx.commit().await.unwrap();
    db
}

async fn work_on(imports: &Db) {
    let mut tx = imports.of(BEHIND).write().await.unwrap();
    tx.query("UPDATE imports SET lease_until = NULL").execute().await.unwrap();
    tx.commit().await.unwrap();
}
