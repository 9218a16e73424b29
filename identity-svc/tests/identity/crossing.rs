//! What happens to one person at the same time: neither waits for the other for ever, nor slips by.

use chrono::TimeDelta;
use identity_svc::Config;
use platform::db::{Everyone, Sql, Tx};
use platform::testing::{Engine, eventually, on_both, spawn, within};
use proto::identity::v1::{
    AcceptInvitationRequest, CreateSessionRequest, CreateSessionResponse, Onboarding,
    RequestPasswordResetRequest, Role, User,
};
use proto::refusal::Reason;
use tokio::task::JoinHandle;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::world::{Calls, PASSWORD, World, cheap, id, person, reason};

const ANN: &str = "ann@acme.example";

const TRIES: Sql = Sql {
    postgres: "SELECT email_hash FROM sign_in_failures FOR UPDATE",
    sqlite: "SELECT email_hash FROM sign_in_failures",
};

const ACCOUNTS: Sql =
    Sql { postgres: "SELECT id FROM accounts FOR UPDATE", sqlite: "SELECT id FROM accounts" };

const USERS: Sql = Sql { postgres: "SELECT id FROM users FOR UPDATE", sqlite: "SELECT id FROM users" };

/// One row more; it must be free.
const ORGANIZATION: Sql = Sql {
    postgres: "SELECT id FROM organizations WHERE id = $1 FOR UPDATE NOWAIT",
    sqlite: "SELECT id FROM organizations WHERE id = $1",
};

/// The transaction of another process.
async fn another(world: &World) -> Tx {
    world.db.of(Everyone("a test stands in for another process")).write().await.unwrap()
}

/// The transaction of another process, which has these rows.
async fn another_with(world: &World, rows: Sql) -> Tx {
    let mut tx = another(world).await;
    tx.query(rows).execute().await.unwrap();
    tx
}

/// Returns when the call waits for somebody's lock, or is over. SQLite's only writer shows no queue.
async fn stands<T>(world: &World, call: &JoinHandle<T>) {
    if !world.db.is_postgres() {
        return;
    }
    let waits = || async {
        let mut tx = world.db.read().await.unwrap();
        let text = "SELECT count(*) AS n FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE a.datname = current_database() AND NOT l.granted";
        let waiting: i64 = tx.query(text).value("n").await.unwrap();
        waiting > 0 || call.is_finished()
    };
    eventually("the call waits or ends", waits, |waits| *waits).await;
}

fn sign_in(world: &World, email: &str) -> JoinHandle<Result<CreateSessionResponse, Status>> {
    let calls = world.anybody();
    let request =
        CreateSessionRequest { email: email.into(), password: PASSWORD.into(), device_token: String::new() };
    spawn(async move { calls.sessions().create_session(request).await.map(Response::into_inner) })
}

/// Tries that began and tries that failed, of each address.
async fn tries(world: &World) -> Vec<(i64, i64)> {
    let mut tx = world.db.read().await.unwrap();
    let query = tx.query("SELECT attempts, failures FROM sign_in_failures ORDER BY email_hash");
    query.all(|row| Ok((row.get("attempts")?, row.get("failures")?))).await.unwrap()
}

async fn sessions(world: &World) -> i64 {
    let mut tx = world.db.read().await.unwrap();
    tx.query("SELECT count(*) AS n FROM sessions").value("n").await.unwrap()
}

/// A session as a sign-in writes it.
async fn begin_session(world: &World, tx: &mut Tx, email: &str) {
    let now = world.time.clock().now();
    let text = "INSERT INTO sessions (id, token_hash, account_id, user_agent, create_time, last_use_time, expire_time)
        SELECT $1, $2, id, '', $3, $3, $4 FROM accounts WHERE email = $5";
    let query = tx.query(text).bind(Uuid::now_v7()).bind([7_u8; 32]).bind(now);
    let written = query.bind(now + TimeDelta::hours(1)).bind(email).execute().await.unwrap();
    assert_eq!(written, 1);
}

/// Somebody with a password who accepts an invitation to one more organization.
pub async fn joined(world: &World, owner: &Calls, organization: &str, email: &str) -> User {
    let guest = person(email, Role::Member);
    let guest = owner.create_as(organization, guest, Onboarding::InviteNow, "").await.unwrap();
    let accept = AcceptInvitationRequest { token: world.token_for(email).await, request_id: String::new() };
    world.signed_in(email).await.credentials().accept_invitation(accept).await.unwrap();
    User { etag: String::new(), ..guest }
}

on_both! {
    async fn e1_sign_ins_of_one_person_at_once_all_succeed(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let calls: Vec<_> = (0..8).map(|_| sign_in(&world, &company.owner_email)).collect();
        for call in calls {
            within("a sign-in", call).await.unwrap().unwrap();
        }
    }

    async fn e1_a_sign_in_whose_row_of_tries_another_takes_away_succeeds(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let wrong = world.session_token(&company.owner_email, "wrong-tram-1").await;
        assert_eq!(reason(wrong), Reason::SignInFailed);
        let mut other = another_with(&world, TRIES).await;
        let call = sign_in(&world, &company.owner_email);
        stands(&world, &call).await;
        other.query("DELETE FROM sign_in_failures").execute().await.unwrap();
        other.commit().await.unwrap();
        within("the sign-in", call).await.unwrap().unwrap();
    }

    async fn a_try_whose_caller_hangs_up_is_judged_all_the_same(engine: Engine) {
        let slow = Config { hash_memory: 65_536, hash_passes: 4, ..cheap() };
        let world = World::with(engine, slow).await;
        let call = sign_in(&world, "nobody@acme.example");
        eventually("the try is counted", || tries(&world), |tries| !tries.is_empty()).await;
        call.abort();
        eventually("the try is judged", || tries(&world), |tries| *tries == [(1, 1)]).await;
    }

    async fn n17_a_sign_in_that_a_deactivation_crosses_fails(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, ANN, Role::Member).await;
        let mut other = another_with(&world, ACCOUNTS).await;
        let call = sign_in(&world, ANN);
        stands(&world, &call).await;
        let off = other.query("UPDATE users SET active = FALSE WHERE email = $1").bind(ANN);
        assert_eq!(off.execute().await.unwrap(), 1);
        other.commit().await.unwrap();
        assert_eq!(reason(within("the sign-in", call).await.unwrap()), Reason::SignInFailed);
        assert_eq!((sessions(&world).await, tries(&world).await), (0, vec![(1, 1)]));
    }

    async fn n17_a_deactivation_ends_the_session_of_a_sign_in_that_it_crosses(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let off = User { active: Some(false), ..world.member(&company, ANN, Role::Member).await };
        let mut other = another_with(&world, ACCOUNTS).await;
        begin_session(&world, &mut other, ANN).await;
        let call = spawn(async move { owner.update(off, &["active"]).await });
        stands(&world, &call).await;
        other.commit().await.unwrap();
        within("the deactivation", call).await.unwrap().unwrap();
        assert_eq!(sessions(&world).await, 0);
    }

    async fn a_sign_in_does_not_wait_for_whoever_edits_the_user(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let member = world.member(&company, ANN, Role::Member).await;
        // Beside SQLite's only writer nobody can sign in.
        let other = match engine {
            Engine::Postgres => Some(another_with(&world, USERS).await),
            Engine::Sqlite => None,
        };
        within("the sign-in", world.session_token(ANN, PASSWORD)).await.unwrap();
        if let Some(other) = other {
            other.commit().await.unwrap();
        }
        world.session_token(ANN, PASSWORD).await.unwrap();
        let seen = world.owner(&company).await.get(&member.name).await.unwrap();
        assert!(seen.last_sign_in_time.is_some());
    }

    async fn a_reset_that_another_password_crosses_finds_its_link_void(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, ANN, Role::Member).await;
        let request = RequestPasswordResetRequest { email: ANN.into() };
        world.anybody().credentials().request_password_reset(request).await.unwrap();
        let (anybody, token) = (world.anybody(), world.token_for(ANN).await);
        // As app/users/password.rs: the account, then its links.
        let mut other = another_with(&world, ACCOUNTS).await;
        let call = spawn(async move { anybody.redeem(&token, "fresh-tram-77").await });
        stands(&world, &call).await;
        let voided = other.query("UPDATE links SET revoked_time = create_time").execute().await.unwrap();
        assert_eq!(voided, 1);
        other.commit().await.unwrap();
        assert_eq!(reason(within("the reset", call).await.unwrap()), Reason::LinkRevoked);
        world.session_token(ANN, PASSWORD).await.unwrap();
    }

    async fn q27_another_address_has_its_organizations_in_one_order(engine: Engine) {
        let world = World::new(engine).await;
        let partner = world.company("acme").await;
        let owner = world.owner(&partner).await;
        let first = owner.create_organization("First", &partner.name).await.unwrap().name;
        let second = owner.create_organization("Second", &partner.name).await.unwrap().name;
        assert!(id(&first) < id(&second));
        let person = person(ANN, Role::Member);
        let ann = owner.create_with_password(&first, person, PASSWORD).await.unwrap();
        let guest = joined(&world, &owner, &second, ANN).await;
        let mut other = another(&world).await;
        other.query(ORGANIZATION).bind(id(&first)).execute().await.unwrap();
        let (calls, moved) = (owner.clone(), User { email: "ann.lee@acme.example".into(), ..guest });
        let call = spawn(async move { calls.update(moved, &["email"]).await });
        stands(&world, &call).await;
        other.query(ORGANIZATION).bind(id(&second)).execute().await.unwrap();
        other.commit().await.unwrap();
        within("the edit", call).await.unwrap().unwrap();
        assert_eq!(owner.get(&ann.name).await.unwrap().email, "ann.lee@acme.example");
    }
}
