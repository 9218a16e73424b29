//! One license-svc with its clock and its database, an identity-svc and a notify-svc that listen.

use std::sync::{Arc, Mutex};

use license_svc::{Config, Finding};
use platform::caller::Principal;
use platform::db::{self, Db};
use platform::keys::Keys;
use platform::peer::{self, Peer, Peers};
use platform::serve::Process;
use platform::testing::{Engine, TestClock, TestDb, called_by, eventually};
use prost::Message;
use proto::events::v1::event::Payload;
use proto::events::v1::inbox_service_client::InboxServiceClient;
use proto::events::v1::inbox_service_server::{InboxService, InboxServiceServer};
use proto::events::v1::{
    DeliverRequest, DeliverResponse, Event, MailRequested, UserDeactivated, UserReactivated,
};
use proto::identity::v1::user::State;
use proto::license::v1::license_service_client::LicenseServiceClient;
use proto::license::v1::map_purchase_request::Target;
use proto::license::v1::purchase_service_client::PurchaseServiceClient;
use proto::license::v1::seat_service_client::SeatServiceClient;
use proto::license::v1::{
    AssignSeatRequest, GetPoolRequest, MapPurchaseRequest, MapPurchaseResponse, Pool, Purchase,
    RecordPurchaseRequest, ReleaseSeatRequest, Seat, purchase,
};
use proto::refusal::{Reason, Refusal};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

pub use identity::{Fault, Identity};

mod identity;

pub struct World {
    pub time: TestClock,
    pub db: TestDb,
    pub process: Process,
    pub identity: Identity,
    peer: Peer,
    mails: Mails,
}

type Mails = Arc<Mutex<Vec<MailRequested>>>;

/// An organization and its administrator.
pub struct Customer {
    pub organization: Uuid,
    pub admin: Principal,
}

impl World {
    pub async fn start(engine: Engine) -> Self {
        Self::with(engine, Config::default()).await
    }

    pub async fn with(engine: Engine, config: Config) -> Self {
        let time = TestClock::new();
        let db = engine.database(&license_svc::MIGRATIONS).await;
        let process = Process::new(time.clock(), Keys::ephemeral().unwrap()).unwrap();
        let (identity, mails) = (Identity::default(), Arc::default());
        let peer = license(config, &process, &identity, &mails, db.clone());
        Self { time, db, process, identity, peer, mails }
    }

    /// Sends what follows to a second license-svc on the same database.
    pub async fn on_a_second_replica(&mut self) {
        let db = Db::open(self.db.location(), &license_svc::MIGRATIONS).await.unwrap();
        self.peer = license(Config::default(), &self.process, &self.identity, &self.mails, db);
    }

    pub fn licenses(&self, principal: &Principal) -> LicenseServiceClient<Peer> {
        LicenseServiceClient::new(called_by(&self.process, "license", &self.peer, principal))
    }

    pub fn purchases(&self, principal: &Principal) -> PurchaseServiceClient<Peer> {
        PurchaseServiceClient::new(called_by(&self.process, "license", &self.peer, principal))
    }

    /// As import-svc calls while it applies a plan for somebody.
    pub fn import(&self, principal: &Principal) -> SeatServiceClient<Peer> {
        let peers = Peers::new(self.process.signer("import")).with("license", self.peer.clone());
        SeatServiceClient::new(peers.work("license", Some(principal)).unwrap())
    }

    /// As identity-svc's relay delivers.
    pub async fn deliver(&self, events: Vec<Event>) -> Result<(), Status> {
        let peers = Peers::new(self.process.signer("identity")).with("license", self.peer.clone());
        let mut inbox = InboxServiceClient::new(peers.work("license", None).unwrap());
        inbox.deliver(DeliverRequest { events }).await.map(drop)
    }

    /// The shop: a platform client that may record purchases.
    pub fn shop(&self) -> Principal {
        let shop = Principal::Client { client: Uuid::from_u128(77), organization: None, user: None };
        self.identity.platform_client(&shop);
        shop
    }

    /// A person with an account.
    pub fn account(&self, email: &str) -> Principal {
        self.identity.account(email)
    }

    /// An organization whose administrator bought so many `meet` seats.
    pub async fn customer(&self, seats: i32) -> Customer {
        let email = format!("buyer-{}@example.com", Uuid::now_v7().simple());
        let admin = self.account(&email);
        let organization = self.identity.organization("Acme", &admin);
        if seats > 0 {
            self.buy(&admin, &email, organization, "meet", seats).await;
        }
        Customer { organization, admin }
    }

    /// Records a paid purchase and maps it.
    pub async fn buy(&self, buyer: &Principal, email: &str, organization: Uuid, product: &str, seats: i32) {
        let token = self.paid(email, &[(product, seats)]).await;
        let target = Target::ExistingOrganization(format!("organizations/{organization}"));
        self.map(buyer, &token, target).await.unwrap();
    }

    /// Records a paid purchase and answers the token in its mail.
    pub async fn paid(&self, email: &str, lines: &[(&str, i32)]) -> String {
        let order = order(&Uuid::now_v7().to_string(), email, lines, purchase::State::Paid);
        let name = self.record(order).await.unwrap().name;
        self.token_of(&name).await
    }

    /// The same where nothing is relayed: the token is read from the event that waits.
    pub async fn paid_without_mail(&self, email: &str, seats: i32) -> String {
        let paid = order(email, email, &[("meet", seats)], purchase::State::Paid);
        let name = self.record(paid).await.unwrap().name;
        let mut tx = self.db.read().await.unwrap();
        let last = tx.query("SELECT event FROM outbox ORDER BY position DESC LIMIT 1");
        let event = Event::decode(last.value::<Vec<u8>>("event").await.unwrap().as_slice()).unwrap();
        let Some(Payload::MailRequested(mail)) = event.payload else { panic!("{name} has no mail") };
        self.unsealed(&mail)
    }

    fn unsealed(&self, mail: &MailRequested) -> String {
        let token = self.process.keys.unseal(&mail.sealed_token, mail.dedupe_key.as_bytes()).unwrap();
        String::from_utf8(token).unwrap()
    }

    pub async fn record(&self, purchase: Purchase) -> Result<Purchase, Status> {
        let request = RecordPurchaseRequest { purchase: Some(purchase), request_id: String::new() };
        self.purchases(&self.shop()).record_purchase(request).await.map(Response::into_inner)
    }

    pub async fn map(
        &self,
        buyer: &Principal,
        token: &str,
        target: Target,
    ) -> Result<MapPurchaseResponse, Status> {
        let request =
            MapPurchaseRequest { token: token.into(), target: Some(target), request_id: String::new() };
        self.purchases(buyer).map_purchase(request).await.map(Response::into_inner)
    }

    /// The raw token in the mail of a purchase.
    pub async fn token_of(&self, purchase: &str) -> String {
        self.token_of_link(purchase, 1).await
    }

    /// The same in that of its n-th link.
    pub async fn token_of_link(&self, purchase: &str, generation: i64) -> String {
        let key = format!("purchase/{}/{generation}", purchase.strip_prefix("purchases/").unwrap());
        let of_it = || async { self.mails().into_iter().find(|mail| mail.dedupe_key == key) };
        let mail = eventually("the buyer's mail", of_it, Option::is_some).await.unwrap();
        self.unsealed(&mail)
    }

    pub fn mails(&self) -> Vec<MailRequested> {
        self.mails.lock().unwrap().clone()
    }

    pub async fn pool(&self, customer: &Customer) -> Pool {
        self.pool_of(customer, "meet").await
    }

    pub async fn pool_of(&self, customer: &Customer, product: &str) -> Pool {
        let name = format!("organizations/{}/pools/{product}", customer.organization);
        let mut licenses = self.licenses(&customer.admin);
        licenses.get_pool(GetPoolRequest { name }).await.unwrap().into_inner()
    }

    pub async fn assign(&self, customer: &Customer, user: Uuid) -> Result<Seat, Status> {
        let request = AssignSeatRequest { name: seat(customer, user), request_id: String::new() };
        self.licenses(&customer.admin).assign_seat(request).await.map(Response::into_inner)
    }

    pub async fn release(&self, customer: &Customer, user: Uuid) -> Result<Seat, Status> {
        let request = ReleaseSeatRequest { name: seat(customer, user), request_id: String::new() };
        self.licenses(&customer.admin).release_seat(request).await.map(Response::into_inner)
    }

    pub fn pending_user(&self, customer: &Customer) -> Uuid {
        let email = format!("{}@example.com", Uuid::now_v7().simple());
        self.identity.user(customer.organization, &email, State::Pending)
    }

    /// identity-svc tells that the user was switched off or on.
    pub async fn switch(&self, customer: &Customer, user: Uuid, active: bool) {
        let state = if active { State::Active } else { State::Deactivated };
        self.identity.set_state(customer.organization, user, state);
        self.deliver(vec![switched(customer, user, active)]).await.unwrap();
    }

    /// What `check` finds once all that is under way has ended: nothing, if all is well.
    pub async fn settled(&self) {
        let ask = || async { license_svc::check(&self.db).await.unwrap() };
        eventually("every invariant holds and nothing is left to do", ask, Vec::is_empty).await;
    }

    /// What holds at every commit, whatever is under way.
    pub async fn broken(&self) -> Vec<Finding> {
        self.glimpse().await.expect("a connection to spare")
    }

    /// The same, or none while the database has no connection to spare.
    pub async fn glimpse(&self) -> Option<Vec<Finding>> {
        let found = license_svc::check(&self.db).await;
        let busy = |error: &anyhow::Error| error.downcast_ref().is_some_and(db::Error::is_unavailable);
        if found.as_ref().is_err_and(busy) {
            return None;
        }
        let findings = found.unwrap().into_iter();
        Some(findings.filter(|finding| !finding.invariant.ends_with(".drained")).collect())
    }
}

fn license(config: Config, process: &Process, identity: &Identity, mails: &Mails, db: Db) -> Peer {
    let listener = InboxServiceServer::new(Listener(mails.clone()));
    let notify = process.guard("notify", tonic::service::Routes::new(listener));
    let peers = Peers::new(process.signer("license"))
        .with("identity", peer::local(process.guard("identity", identity.routes())))
        .with("notify", peer::local(notify));
    peer::local(license_svc::build(config, process, peers, db).unwrap())
}

pub fn seat(customer: &Customer, user: Uuid) -> String {
    format!("organizations/{}/pools/meet/seats/{user}", customer.organization)
}

pub fn user(customer: &Customer, user: Uuid) -> String {
    format!("organizations/{}/users/{user}", customer.organization)
}

pub fn order(number: &str, email: &str, lines: &[(&str, i32)], state: purchase::State) -> Purchase {
    let line = |(product, seat_count): &(&str, i32)| purchase::Line {
        product: (*product).into(),
        seat_count: *seat_count,
        ..purchase::Line::default()
    };
    Purchase {
        order_number: number.into(),
        buyer_email: email.into(),
        lines: lines.iter().map(line).collect(),
        state: state.into(),
        ..Purchase::default()
    }
}

pub fn switched(customer: &Customer, id: Uuid, active: bool) -> Event {
    let user = user(customer, id);
    let payload = match active {
        true => Payload::UserReactivated(UserReactivated { user }),
        false => Payload::UserDeactivated(UserDeactivated { user }),
    };
    Event {
        id: Uuid::now_v7().to_string(),
        source: "identity".into(),
        organization: format!("organizations/{}", customer.organization),
        payload: Some(payload),
        ..Event::default()
    }
}

/// The reason of a refusal.
#[track_caller]
pub fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> Reason {
    Refusal::reason_of(&answer.unwrap_err()).unwrap()
}

struct Listener(Mails);

#[async_trait]
impl InboxService for Listener {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        for event in request.into_inner().events {
            if let Some(Payload::MailRequested(mail)) = event.payload {
                self.0.lock().unwrap().push(mail);
            }
        }
        Ok(Response::new(DeliverResponse {}))
    }
}
