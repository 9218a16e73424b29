//! One notify-svc with its clock, its database and an identity-svc that listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use notify_svc::{Config, Site};
use platform::keys::Keys;
use platform::peer::{self, Peer, Peers};
use platform::serve::Process;
use platform::testing::{Engine, TestClock, TestDb, eventually};
use proto::events::v1::event::Payload;
use proto::events::v1::inbox_service_client::InboxServiceClient;
use proto::events::v1::inbox_service_server::{InboxService, InboxServiceServer};
use proto::events::v1::{DeliverRequest, DeliverResponse, Event, MailRequested, MessageStateChanged};
use proto::notify::v1::dev_mailbox_service_client::DevMailboxServiceClient;
use proto::notify::v1::{ListMailsRequest, ListMailsResponse, Mail};

use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

pub const ORGANIZATION: &str = "organizations/0198c7a0-0000-7000-8000-000000000001";

pub struct World {
    pub time: TestClock,
    pub keys: Keys,
    pub db: TestDb,
    peer: Peer,
    states: Arc<Mutex<Vec<MessageStateChanged>>>,
    pub process: Process,
}

impl World {
    pub async fn with(engine: Engine, config: Config) -> Self {
        let time = TestClock::new();
        let keys = Keys::ephemeral().unwrap();
        let db = engine.database(&notify_svc::MIGRATIONS).await;
        let process = Process::new(time.clock(), keys.clone()).unwrap();
        let states = Arc::new(Mutex::new(Vec::new()));
        let listener = InboxServiceServer::new(Listener(states.clone()));
        let identity = peer::local(process.guard("identity", tonic::service::Routes::new(listener)));
        let peers = Peers::new(process.signer("notify")).with("identity", identity);
        let site = Site { public_origin: "https://roster.example".into(), development: true };
        let routes = notify_svc::build(config, site, &process, peers, db.clone()).unwrap();
        let callers = Peers::new(process.signer("identity")).with("notify", peer::local(routes));
        let peer = callers.work("notify", None).unwrap();
        Self { time, keys, db, peer, states, process }
    }

    pub async fn deliver(&self, events: Vec<Event>) -> Result<(), Status> {
        let mut inbox = InboxServiceClient::new(self.peer.clone());
        inbox.deliver(DeliverRequest { events }).await.map(|_| ())
    }

    /// An event that asks for an activation mail with the link token `act_secret`.
    pub fn activation(&self, email: &str) -> Event {
        let user = format!("{ORGANIZATION}/users/{}", Uuid::now_v7());
        let dedupe_key = format!("activation/{user}/1");
        let sealed_token = self.keys.seal(b"act_secret", dedupe_key.as_bytes()).unwrap();
        let expires = self.time.clock().now() + chrono::TimeDelta::days(30);
        let mail = MailRequested {
            dedupe_key,
            template: "activation".into(),
            recipient_email: email.into(),
            recipient_display_name: "Ann Lee".into(),
            variables: HashMap::from([("organization_name".into(), "Acme".into())]),
            sealed_token,
            link_path: "/activate".into(),
            expire_time: Some(proto::time::to_wire(expires)),
            user,
            ..MailRequested::default()
        };
        Event {
            id: Uuid::now_v7().to_string(),
            source: "identity".into(),
            organization: ORGANIZATION.into(),
            occur_time: Some(proto::time::to_wire(self.time.clock().now())),
            ordering_key: mail.user.clone(),
            payload: Some(Payload::MailRequested(mail)),
            ..Event::default()
        }
    }

    pub async fn mails(&self) -> Vec<Mail> {
        self.list(ListMailsRequest::default()).await.unwrap().mails
    }

    /// A page of the development mailbox.
    pub async fn list(&self, request: ListMailsRequest) -> Result<ListMailsResponse, Status> {
        let mut mailbox = DevMailboxServiceClient::new(self.peer.clone());
        mailbox.list_mails(request).await.map(Response::into_inner)
    }

    pub async fn mails_when(&self, count: usize) -> Vec<Mail> {
        eventually("the mails are there", || self.mails(), |mails| mails.len() == count).await
    }

    /// The states that identity-svc has heard of, once there are `count`.
    pub async fn heard(&self, count: usize) -> Vec<MessageStateChanged> {
        let heard = || async { self.states.lock().unwrap().clone() };
        eventually("identity hears of it", heard, |states: &Vec<_>| states.len() >= count).await
    }
}

struct Listener(Arc<Mutex<Vec<MessageStateChanged>>>);

#[async_trait]
impl InboxService for Listener {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        for event in request.into_inner().events {
            if let Some(Payload::MessageStateChanged(changed)) = event.payload {
                self.0.lock().unwrap().push(changed);
            }
        }
        Ok(Response::new(DeliverResponse {}))
    }
}
