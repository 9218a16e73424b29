//! One method beside an empty one behind the same layers, over the same sockets, with kept tokens.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use platform::caller::{CALLER_HEADER, SERVICE_HEADER};
use prost::Message;
use proto::identity::v1::check_access_request::{Action, Application};
use proto::identity::v1::{CheckAccessRequest, CheckAccessResponse, GetUserRequest, User};
use proto::license::v1::{CheckEntitlementRequest, CheckEntitlementResponse};
use uuid::Uuid;

use super::micros;
use super::services::Beside;
use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::http::Http;
use crate::harness::lab::{Engine, Lab};
use crate::harness::load::{Until, below, closed};
use crate::harness::rpc::{Rpc, framed};
use crate::harness::turns::{Both, Round, turns};
use crate::harness::world::World;
use crate::limits::sqlite;

const USERS: usize = 100_000;
const CALLERS: usize = 64;
const CONNECTIONS: usize = 4;
const ROUND: Duration = Duration::from_secs(2);
/// People who are asked about again and again: those who work at this hour.
const BUSY: usize = 2_000;

/// A method, how to ask it about a user, and what a right answer is.
#[derive(Clone, Copy)]
struct Method {
    service: &'static str,
    path: &'static str,
    empty: &'static str,
    ask: fn(String) -> anyhow::Result<Bytes>,
    is_right: fn(Bytes) -> bool,
}

const ENTITLEMENT: Method = Method {
    service: "license",
    path: "/roster.license.v1.LicenseService/CheckEntitlement",
    empty: "empty_license",
    ask: |user| framed(&CheckEntitlementRequest { user, product: "meet".to_owned() }),
    // None of them holds a seat, and the answer says so.
    is_right: |bytes| {
        CheckEntitlementResponse::decode(bytes)
            .is_ok_and(|answer| !answer.entitled && !answer.reason.is_empty())
    },
};

const ACCESS: Method = Method {
    service: "identity",
    path: "/roster.identity.v1.AccessService/CheckAccess",
    empty: "empty_license",
    ask: |user| {
        let (application, action) = (Application::Portal.into(), Action::SignIn.into());
        framed(&CheckAccessRequest { user, application, action })
    },
    is_right: |bytes| {
        CheckAccessResponse::decode(bytes).is_ok_and(|answer| answer.allowed == answer.reason.is_empty())
    },
};

const USER: Method = Method {
    service: "identity",
    path: "/roster.identity.v1.UserService/GetUser",
    empty: "empty_identity",
    ask: |name| framed(&GetUserRequest { name }),
    is_right: |bytes| User::decode(bytes).is_ok_and(|user| user.email.contains('@')),
};

const EMPTY_LICENSE: Method = Method { is_right: |_| true, ..ENTITLEMENT };
const EMPTY_IDENTITY: Method = Method { is_right: |_| true, ..USER };

pub async fn check_entitlement(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let world = lab.world(Engine::Sqlite, USERS).await?;
    let note = format!("{BUSY} people asked about in turn");
    let both = beside_empty(lab, &world, ENTITLEMENT, EMPTY_LICENSE, BUSY).await?;
    let cold = beside_empty(lab, &world, ENTITLEMENT, EMPTY_LICENSE, USERS).await?;
    Ok(vec![
        figure("check_entitlement", both, Bounds::at_least(0.4, 0.85)).note(note),
        shown("check_entitlement_cold", cold).note(format!("{USERS} people, almost none twice a second")),
    ])
}

pub async fn check_access(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let world = lab.world(Engine::Sqlite, USERS).await?;
    let both = beside_empty(lab, &world, ACCESS, EMPTY_LICENSE, BUSY).await?;
    Ok(vec![figure("check_access", both, Bounds::at_least(0.4, 0.85))])
}

pub async fn get_user(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let bounds = Bounds::at_least(0.35, 0.6);
    let world = lab.world(Engine::Sqlite, USERS).await?;
    let sqlite = beside_empty(lab, &world, USER, EMPTY_IDENTITY, USERS).await?;
    let world = lab.world(Engine::Postgres, USERS).await?;
    let postgres = beside_empty(lab, &world, USER, EMPTY_IDENTITY, USERS).await?;
    Ok(vec![
        figure("get_user", sqlite, bounds).note("SQLite"),
        shown("get_user_pg", postgres).note("PostgreSQL; its own processor time is not in CPU"),
    ])
}

fn figure(name: &str, both: Both, bounds: Bounds) -> Figure {
    let (ours, limit) = (Amount(both.ours.value, "/s"), Amount(both.limit.value, "/s"));
    Figure::ratio(name, ours, limit, bounds).cpu(both.ours.cpu)
}

fn shown(name: &str, both: Both) -> Figure {
    let (ours, limit) = (Amount(both.ours.value, "/s"), Amount(both.limit.value, "/s"));
    Figure::shown(name, ours, Some(limit)).cpu(both.ours.cpu)
}

async fn beside_empty(
    lab: &Lab,
    world: &World,
    method: Method,
    empty: Method,
    people: usize,
) -> anyhow::Result<Both> {
    let installation = &world.installation;
    let data = installation.data.display().to_string();
    let mut words = vec!["services", "--data", &data, "--key", &installation.key];
    if let Some(postgres) = &installation.postgres {
        words.extend(["--postgres", postgres]);
    }
    let services = Beside::start(&words).await?;
    let users = users(world, people).await?;
    let ask = |method: Method| {
        let name = |user: &Uuid| (method.ask)(format!("{}/users/{user}", installation.organization));
        users.iter().map(name).collect::<anyhow::Result<Vec<Bytes>>>().map(Arc::new)
    };
    let (questions, empty_questions) = (ask(method)?, ask(empty)?);
    let ours = |_| round(&services, method, method.service, questions.clone());
    let limit = |_| round(&services, empty, method.empty, empty_questions.clone());
    let both = turns(lab.rounds, ours, limit).await?;
    below(both.limit.value, both.ours.value)?;
    Ok(both)
}

async fn users(world: &World, people: usize) -> anyhow::Result<Vec<Uuid>> {
    let mut ids = match world.installation.database("identity") {
        Some(url) => crate::limits::postgres::Users::copy(&url, 2).await?.ids().await?,
        None => sqlite::ids(&world.installation.data.join("identity.db"))?,
    };
    // Spread over the table, as those are who work at one hour.
    let step = (ids.len() / people).max(1);
    ids = ids.into_iter().step_by(step).take(people).collect();
    Ok(ids)
}

async fn round(
    services: &Beside,
    method: Method,
    door: &str,
    questions: Arc<Vec<Bytes>>,
) -> anyhow::Result<Round> {
    let headers = tokens(services, if door.ends_with("license") { "license" } else { "identity" }).await?;
    let callers = Rpc::many(CALLERS, CONNECTIONS, &services.address(door), &headers).await?;
    let began = services.cpu()?;
    let measured = closed(callers, Until::Time(ROUND), move |mut rpc, number| {
        let question = questions[number.wrapping_mul(7919) % questions.len()].clone();
        async move {
            let answer = rpc.call(method.path, question).await?;
            anyhow::ensure!((method.is_right)(answer), "a wrong answer");
            Ok(rpc)
        }
    })
    .await?;
    let cpu = micros(services.cpu()? - began, measured.calls);
    Ok(Round { value: measured.rate(), cpu })
}

async fn tokens(services: &Beside, to: &str) -> anyhow::Result<HeaderMap> {
    let tokens = Http::connect(&services.address("tokens"), None).await?.get("/").await?;
    let value = |name: &str| HeaderValue::try_from(tokens[name].as_str().unwrap_or_default());
    let mut headers = HeaderMap::new();
    headers.insert(CALLER_HEADER, value("caller")?);
    headers.insert(SERVICE_HEADER, value(to)?);
    Ok(headers)
}
