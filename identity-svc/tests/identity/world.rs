//! One identity-svc with a clock that obeys and neighbours that write down what they are told.

mod calls;
mod neighbour;

use std::time::Duration;

use identity_svc::Config;
use platform::caller::Principal;
use platform::keys::Keys;
use platform::peer::{self, Peer, Peers};
use platform::serve::Process;
use platform::testing::{Engine, TestClock, TestDb, called_by};
use proto::events::v1::event::Payload;
use proto::events::v1::{Event, MailRequested};
use proto::identity::v1::{BootstrapRequest, CreateSessionRequest, CreateSessionResponse, Role, User};
use proto::refusal::{Reason, Refusal};
use tonic::{Response, Status};
use uuid::Uuid;

pub use calls::{Calls, person};
pub use neighbour::Neighbour;

/// Good for everybody here.
pub const PASSWORD: &str = "violet-tram-88";

pub struct World {
    pub db: TestDb,
    pub time: TestClock,
    pub process: Process,
    pub peer: Peer,
    pub license: Neighbour,
    pub notify: Neighbour,
    config: Config,
}

/// An organization with its Owner.
#[derive(Clone)]
pub struct Company {
    /// `organizations/…`
    pub name: String,
    /// `organizations/…/users/…`
    pub owner: String,
    pub owner_email: String,
    /// Acts as the Owner.
    pub api_key: String,
}

/// Cheap hashes: what they cost is not what these tests are about.
pub fn cheap() -> Config {
    Config { hash_memory: 8, hash_passes: 1, hash_threads: 1, ..Config::default() }
}

impl World {
    pub async fn new(engine: Engine) -> Self {
        Self::with(engine, cheap()).await
    }

    pub async fn with(engine: Engine, config: Config) -> Self {
        let db = engine.database(&identity_svc::MIGRATIONS).await;
        let time = TestClock::new();
        let (license, notify) = (Neighbour::default(), Neighbour::default());
        let process = Process::new(time.clock(), Keys::ephemeral().unwrap()).unwrap();
        let peer = build(&process, &db, &config, &license, &notify);
        Self { db, time, process, peer, license, notify, config }
    }

    /// The process dies and another one starts on the same rows.
    pub async fn restart(&mut self) {
        self.process.spawner.stop(Duration::ZERO).await;
        let keys = self.process.keys.clone();
        self.process = Process::new(self.time.clock(), keys).unwrap();
        self.peer = build(&self.process, &self.db, &self.config, &self.license, &self.notify);
    }

    /// The process is started anew with other settings.
    pub async fn change_config(&mut self, config: Config) {
        self.config = config;
        self.restart().await;
    }

    /// Every password hash in the database.
    pub async fn stored_hashes(&self) -> Vec<String> {
        let mut tx = self.db.read().await.unwrap();
        tx.query("SELECT password_hash FROM accounts").all(|row| row.get("password_hash")).await.unwrap()
    }

    /// Calls without any credential.
    pub fn anybody(&self) -> Calls {
        self.calls(&Principal::Anonymous)
    }

    /// Calls between our own processes, with nobody behind them.
    pub fn service(&self, name: &'static str) -> Calls {
        let peers = Peers::new(self.process.signer(name)).with("identity", self.peer.clone());
        Calls(peers.work("identity", None).unwrap())
    }

    /// Calls with a credential, as the gateway makes them: authenticated first.
    pub async fn with_token(&self, bearer: &str) -> Result<Calls, Status> {
        let token = self.service("gateway").authenticate(bearer).await?;
        let claims = self.process.verifier("gateway");
        let caller =
            platform::caller::Caller::at_door(&claims, Some(&token), &http::HeaderMap::new()).unwrap();
        Ok(self.calls(caller.principal()))
    }

    /// Calls of a company's Owner.
    pub async fn owner(&self, company: &Company) -> Calls {
        self.with_token(&company.api_key).await.unwrap()
    }

    /// Signs in and calls with the session.
    pub async fn signed_in(&self, email: &str) -> Calls {
        let token = self.session_token(email, PASSWORD).await.unwrap();
        self.with_token(&token).await.unwrap()
    }

    pub async fn session_token(&self, email: &str, password: &str) -> Result<String, Status> {
        Ok(self.sign_in(email, password, "").await?.session_token)
    }

    /// Signs in on the device with this token.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        device_token: &str,
    ) -> Result<CreateSessionResponse, Status> {
        let request = CreateSessionRequest {
            email: email.into(),
            password: password.into(),
            device_token: device_token.into(),
        };
        Ok(self.anybody().sessions().create_session(request).await?.into_inner())
    }

    pub fn calls(&self, principal: &Principal) -> Calls {
        Calls(called_by(&self.process, "identity", &self.peer, principal))
    }

    /// A company of its own, with `owner@{label}.example` as its Owner.
    pub async fn company(&self, label: &str) -> Company {
        let owner_email = format!("owner@{label}.example");
        let request = BootstrapRequest {
            organization_display_name: format!("Company {label}"),
            owner_email: owner_email.clone(),
            password: PASSWORD.into(),
            new_key: false,
        };
        let made = self.service("gateway").setup().bootstrap(request).await.unwrap().into_inner();
        Company { name: made.organization, owner: made.user, owner_email, api_key: made.api_key }
    }

    /// An active member who signs in with [`PASSWORD`].
    pub async fn member(&self, company: &Company, email: &str, role: Role) -> User {
        let user = calls::person(email, role);
        self.owner(company).await.create_with_password(&company.name, user, PASSWORD).await.unwrap()
    }

    /// A pending member.
    pub async fn pending(&self, company: &Company, email: &str) -> User {
        self.owner(company).await.create(&company.name, calls::person(email, Role::Member)).await.unwrap()
    }

    /// The token in the newest mail to this address.
    pub async fn token_for(&self, email: &str) -> String {
        let mails = self.mails_to(email, 1).await;
        self.token_in(mails.last().unwrap())
    }

    pub fn token_in(&self, mail: &MailRequested) -> String {
        let token = self.process.keys.unseal(&mail.sealed_token, mail.dedupe_key.as_bytes()).unwrap();
        String::from_utf8(token).unwrap()
    }

    /// All mails to this address, once there are at least so many.
    pub async fn mails_to(&self, email: &str, at_least: usize) -> Vec<MailRequested> {
        let told = self.notify.told("mail", |events| mails(events, email).len() >= at_least).await;
        mails(&told, email)
    }
}

fn build(process: &Process, db: &TestDb, config: &Config, license: &Neighbour, notify: &Neighbour) -> Peer {
    let peers =
        Peers::new(process.signer("identity")).with("license", license.peer()).with("notify", notify.peer());
    let routes = identity_svc::build(config.clone(), process, peers, (**db).clone()).unwrap();
    peer::local(routes)
}

fn mails(events: &[Event], email: &str) -> Vec<MailRequested> {
    let mail = |event: &Event| match &event.payload {
        Some(Payload::MailRequested(mail)) if mail.recipient_email == email => Some(mail.clone()),
        _ => None,
    };
    events.iter().filter_map(mail).collect()
}

/// The id in the last segment of a name.
pub fn id(name: &str) -> Uuid {
    name.rsplit('/').next().unwrap().parse().unwrap()
}

/// Why a call was refused.
#[track_caller]
pub fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> Reason {
    let status = answer.expect_err("it should be refused");
    Refusal::reason_of(&status).unwrap_or_else(|| panic!("no reason: {status:?}"))
}

/// The bad fields of a refused call.
#[track_caller]
pub fn bad_fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    let status = answer.expect_err("it should be refused");
    Refusal::violations_of(&status).into_iter().map(|violation| violation.field).collect()
}

/// Whether an answer is one that was given before.
pub fn is_replayed<T>(response: &Response<T>) -> bool {
    response.metadata().get("idempotency-replayed").is_some()
}
