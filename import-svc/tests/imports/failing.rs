//! What becomes of an import when the database fails.

use chrono::TimeDelta;
use platform::db::{Assembled, Everyone, Text};
use platform::testing::{Engine, eventually, on_both, spawn};
use proto::imports::v1::import::State;
use proto::imports::v1::upload_import_request::{Part, Start};
use proto::imports::v1::{ImportKind, UploadImportRequest};
use proto::refusal::Reason;
use sha2::{Digest, Sha256};

use crate::wire;
use crate::world::{World, chunks, reason, start_of};

const BEHIND: Everyone = Everyone("a test looks behind the walls");
const FILE: &str = "first name,last name,email\nAnn,Lee,ann@example.com\n";

/// From this try on a file is rejected.
const TRIES: i64 = 16;
/// No pause between two tries is longer.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// From now on the database takes no rows of a file any more, or no change of such rows.
async fn refuse(world: &World, event: &str) {
    change_tables(
        world,
        Assembled {
            postgres: "ALTER TABLE import_blocks ADD CONSTRAINT refused CHECK (FALSE) NOT VALID".to_owned(),
            sqlite: format!(
                "CREATE TRIGGER refused BEFORE {event} ON import_blocks
                 BEGIN SELECT RAISE(ABORT, 'a test refuses it'); END"
            ),
        },
    )
    .await;
}

/// From now on it takes them again.
async fn take(world: &World) {
    let (postgres, sqlite) = ("ALTER TABLE import_blocks DROP CONSTRAINT refused", "DROP TRIGGER refused");
    change_tables(world, Assembled { postgres: postgres.to_owned(), sqlite: sqlite.to_owned() }).await;
}

async fn change_tables(world: &World, text: impl Into<Text>) {
    let mut tx = world.db.of(BEHIND).write().await.unwrap();
    if tx.is_postgres() {
        // Tables belong to their owner, not to the role that works in them.
        tx.query("SET LOCAL ROLE roster_owner").execute().await.unwrap();
    }
    tx.query(text).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// Waits until a worker has given the one import back after this many tries.
async fn is_put_off(world: &World, tries: i64) {
    let tried = || async {
        let mut tx = world.db.of(BEHIND).read().await.unwrap();
        let text = "SELECT lease_attempt FROM imports WHERE lease_owner IS NULL";
        tx.query(text).optional(|row| row.get::<i64>("lease_attempt")).await.unwrap()
    };
    eventually("it is put off", tried, |found| *found == Some(tries)).await;
}

/// Lets the next try begin. A worker hears the bell at once; without it, it would look within a second.
async fn try_again(world: &World) {
    world.time.advance(PAUSE);
    let mut tx = world.db.write().await.unwrap();
    tx.wake("import work");
    tx.commit().await.unwrap();
}

/// How many imports and pieces of files there are, also of uploads that are under way.
async fn stored(world: &World) -> (i64, i64) {
    let mut tx = world.db.of(BEHIND).read().await.unwrap();
    let imports = tx.query("SELECT count(*) AS n FROM imports").value("n").await.unwrap();
    (imports, tx.query("SELECT count(*) AS n FROM upload_chunks").value("n").await.unwrap())
}

/// The one import, as its upload leaves it; nobody takes it up.
async fn close(world: &World) {
    let mut tx = world.db.of(BEHIND).write().await.unwrap();
    let text = "UPDATE imports SET state = 'VALIDATING', lease_until = '2099-01-01T00:00:00.000000Z'";
    assert_eq!(tx.query(text).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
}

/// An upload that breaks when a piece of its file is stored.
async fn break_off(world: &World, meanwhile: impl Future<Output = ()>) {
    let start = Part::Start(start_of(ImportKind::LocationUsers));
    // 256 KiB of a file that is longer.
    let pieces = chunks(&b"x".repeat(300 << 10)).into_iter().take(4).map(Part::Chunk);
    let (send, receive) = futures::channel::mpsc::unbounded();
    for part in std::iter::once(start).chain(pieces) {
        send.unbounded_send(UploadImportRequest { part: Some(part) }).unwrap();
    }
    let mut client = world.client();
    let upload = spawn(async move { client.upload_import(receive).await });
    eventually("a piece is stored", || stored(world), |stored| *stored == (1, 1)).await;
    meanwhile.await;
    drop(send);
    let broken = upload.await.unwrap().unwrap_err();
    assert_eq!(reason(&broken), Some(Reason::FieldViolations));
}

on_both! {
    async fn a_file_that_the_database_does_not_take_is_rejected_after_some_tries(engine: Engine) {
        let world = World::new(engine).await;
        refuse(&world, "INSERT").await;
        let import = world.users_uploaded(FILE).await;
        for tries in 1..TRIES {
            is_put_off(&world, tries).await;
            assert_eq!(world.get(&import).await.state(), State::Validating, "after {tries} tries");
            try_again(&world).await;
        }
        let rejected = world.rests(&import).await;
        assert_eq!(rejected.state(), State::Rejected);
        assert_eq!(rejected.file_problem.unwrap().code, Reason::Internal.as_str());
        assert_eq!(stored(&world).await, (1, 0), "nothing of the file is kept");
        world.is_sound().await;
    }

    async fn a_plan_that_is_being_carried_out_is_tried_until_the_database_takes_it(engine: Engine) {
        let world = World::new(engine).await;
        let plan = world.users(FILE).await;
        refuse(&world, "UPDATE").await;
        let accepted = world.accept(&plan).await.unwrap();
        // The first was the file's.
        for tries in 2..=TRIES + 1 {
            is_put_off(&world, tries).await;
            assert_eq!(world.get(&accepted).await.state(), State::Importing, "after {tries} tries");
            try_again(&world).await;
        }
        is_put_off(&world, TRIES + 2).await;
        take(&world).await;
        try_again(&world).await;
        assert_eq!(world.rests(&accepted).await.state(), State::Succeeded);
        assert_eq!(world.directory.people().created, ["ann@example.com"]);
        world.is_sound().await;
    }

    async fn an_upload_that_breaks_leaves_nothing_and_one_that_was_closed_stays(engine: Engine) {
        let world = World::new(engine).await;
        break_off(&world, async {}).await;
        assert_eq!(stored(&world).await, (0, 0));
        // As if its commit was done and the answer to that was lost.
        break_off(&world, close(&world)).await;
        assert_eq!(stored(&world).await, (1, 1));
    }
}

/// SQLite has no wire that could break: its answer comes from a thread of this process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_whose_commit_was_done_stays_though_the_answer_was_lost() {
    let test_db = Engine::Postgres.database(&import_svc::MIGRATIONS).await;
    // It is said first in the transaction that closes the upload.
    let digest: String = Sha256::digest(FILE).iter().map(|byte| format!("{byte:02x}")).collect();
    let wire = wire::breaking_at(test_db.location(), digest).await;
    let world = World::through(test_db, &wire).await;
    let start = || Start { request_id: "one".into(), ..start_of(ImportKind::LocationUsers) };

    let lost = world.send(start(), chunks(FILE.as_bytes())).await.unwrap_err();
    assert_eq!(reason(&lost), Some(Reason::DependencyUnavailable));
    let names = crate::lists::all(&world).await;
    assert_eq!(names.len(), 1, "it was committed");

    let again = world.send(start(), chunks(FILE.as_bytes())).await.unwrap();
    assert_eq!(names, [again.name.as_str()]);
    assert_eq!(world.rests(&again).await.state(), State::AwaitingAcceptance);
    world.is_sound().await;
}
