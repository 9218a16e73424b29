//! identity-svc, license-svc and two empty services in one process, each behind the same layers on a port
//! of its own: what a method costs beside what any method costs.

use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use license_svc::Config as LicenseConfig;
use platform::clock::Clock;
use platform::db::{Db, Location, Migrations};
use platform::keys::Keys;
use platform::peer::{self, Peers};
use platform::serve::{self, Limits, Process};
use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::identity::v1::authenticate_request::Credential;
use proto::identity::v1::{AuthenticateRequest, GetUserRequest, User};
use proto::license::v1::{CheckEntitlementRequest, CheckEntitlementResponse};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::empty::Empty;
use crate::cli;
use crate::harness::beside;

/// What the tokens are made from.
struct Tokens {
    process: Process,
    peers: Peers,
    key: String,
}

/// Prints its ports as one line of JSON and serves until it is killed.
pub async fn run(settings: cli::Services) -> anyhow::Result<ExitCode> {
    let process = Process::new(Clock::system(), Keys::open(&settings.data.join("keys"))?)?;
    let (identity_slot, identity) = peer::late();
    let (license_slot, license) = peer::late();
    // Mails wait: there is nobody to send them.
    let (_, notify) = peer::late();
    let known = |service| {
        let peers = Peers::new(process.signer(service)).with("identity", identity.clone());
        peers.with("license", license.clone()).with("notify", notify.clone())
    };
    let db = open(&settings, "identity", &identity_svc::MIGRATIONS).await?;
    let identity_routes =
        identity_svc::build(identity_svc::Config::default(), &process, known("identity"), db)?;
    let db = open(&settings, "license", &license_svc::MIGRATIONS).await?;
    let license_routes = license_svc::build(LicenseConfig::default(), &process, known("license"), db)?;
    identity_slot.bind(peer::local(identity_routes.clone()));
    license_slot.bind(peer::local(license_routes.clone()));

    let user = Empty::<GetUserRequest, User>::new(User::default());
    let entitlement = Empty::<CheckEntitlementRequest, _>::new(CheckEntitlementResponse {
        entitled: true,
        ..Default::default()
    });
    let tokens = Tokens { peers: known("gateway"), key: settings.key, process: process.clone() };
    let tokens = Router::new().route("/", get(fresh)).with_state(Arc::new(tokens));
    let ports = json!({
        "identity": listen(identity_routes.prepare().into_axum_router()).await?,
        "license": listen(license_routes.prepare().into_axum_router()).await?,
        "empty_identity": listen(guarded(&process, "identity", Routes::new(user))).await?,
        "empty_license": listen(guarded(&process, "license", Routes::new(entitlement))).await?,
        "tokens": listen(tokens).await?,
    });
    println!("{ports}");
    std::future::pending().await
}

async fn open(settings: &cli::Services, service: &str, migrations: &Migrations) -> anyhow::Result<Db> {
    let location = match &settings.postgres {
        Some(prefix) => Location::Postgres { url: format!("{prefix}_{service}"), connections: 16 },
        None => Location::Sqlite(settings.data.join(format!("{service}.db"))),
    };
    Ok(Db::open(&location, migrations).await?)
}

fn guarded(process: &Process, service: &'static str, routes: Routes) -> Router {
    process.guard(service, routes).prepare().into_axum_router()
}

/// Serves on a port from the operating system and answers which.
pub async fn listen(router: Router) -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    beside(async move {
        serve::run(listener, router, CancellationToken::new(), Limits::default()).await;
    });
    Ok(port)
}

/// The caller's token and the gateway's for both services; each lives at least half a minute.
async fn fresh(State(tokens): State<Arc<Tokens>>) -> Result<axum::Json<Value>, String> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let identity = tokens.peers.work("identity", None).map_err(|refusal| refusal.message)?;
    let question = AuthenticateRequest { credential: Some(Credential::Bearer(tokens.key.clone())) };
    let answer = AccessServiceClient::new(identity).authenticate(question).await;
    let caller = answer.map_err(|status| failed(&status))?.into_inner().caller_token;
    let signer = tokens.process.signer("gateway");
    let service = |name| {
        let token = signer.service_token(name, None).map_err(|error| failed(&error))?;
        token.to_str().map(str::to_owned).map_err(|error| failed(&error))
    };
    Ok(axum::Json(json!({
        "caller": caller, "identity": service("identity")?, "license": service("license")?,
    })))
}
