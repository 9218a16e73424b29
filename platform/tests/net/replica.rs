//! One replica of `identity` on a port of its own, in a runtime of its own: it can be killed and frozen.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use platform::peer::remote::Settings;
use platform::peer::{self, Peer};
use platform::serve::{self, Drained, Limits, Listener, Spawner};
use platform::testing::within;
use platform::tls;
use proto::events::v1::inbox_service_client::InboxServiceClient;
use proto::events::v1::inbox_service_server::{InboxService, InboxServiceServer};
use proto::events::v1::{DeliverRequest, DeliverResponse};
use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::identity::v1::access_service_server::{AccessService, AccessServiceServer};
use proto::identity::v1::{
    AuthenticateRequest, AuthenticateResponse, AuthorizeRequest, AuthorizeResponse, CheckAccessRequest,
    CheckAccessResponse,
};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// Counts its calls, and refuses them while told to.
#[derive(Clone, Default)]
pub struct Counter {
    calls: Arc<AtomicUsize>,
    refuses: Arc<AtomicBool>,
}

pub struct Replica {
    pub address: SocketAddr,
    pub counter: Counter,
    stop: CancellationToken,
    running: JoinHandle<Drained>,
    runtime: Option<Runtime>,
}

impl Replica {
    pub fn start() -> Self {
        Self::at("127.0.0.1:0", None)
    }

    pub fn at(address: &str, tls: Option<tls::Server>) -> Self {
        let counter = Counter::default();
        let routes = Routes::new(AccessServiceServer::new(counter.clone()))
            .add_service(InboxServiceServer::new(counter.clone()));
        Self::serving(address, tls, routes, counter)
    }

    /// `routes` behind a port.
    pub fn serving(address: &str, tls: Option<tls::Server>, routes: Routes, counter: Counter) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let (router, stopped) = (peer::served(routes), stop.clone());
        let running = runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let listener = match tls {
                Some(server) => Listener::Tls(listener, server),
                None => Listener::Tcp(listener),
            };
            let limits = Limits { drain: Duration::from_secs(5), ..Limits::default() };
            serve::run(listener, router, stopped, limits).await
        });
        Self { address, counter, stop, running, runtime: Some(runtime) }
    }

    /// As SIGTERM: requests end, then the process.
    pub async fn drained(mut self) -> Drained {
        self.stop.cancel();
        within("the drain", &mut self.running).await.unwrap()
    }

    /// As SIGKILL: nothing is finished.
    pub fn kill(self) {
        drop(self);
    }

    /// As SIGSTOP, until the answer is dropped.
    pub fn freeze(&self) -> std::sync::mpsc::Sender<()> {
        let (thaw, frozen) = std::sync::mpsc::channel::<()>();
        self.runtime.as_ref().unwrap().spawn(async move { frozen.recv().is_ok() });
        thaw
    }

    pub fn calls(&self) -> usize {
        self.counter.calls.load(Ordering::SeqCst)
    }

    pub fn refuse(&self) {
        self.counter.refuses.store(true, Ordering::SeqCst);
    }

    pub fn accept(&self) {
        self.counter.refuses.store(false, Ordering::SeqCst);
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Counter {
    async fn count(&self, slow: bool) -> Result<(), Status> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if slow {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        match self.refuses.load(Ordering::SeqCst) {
            true => Err(Status::unavailable("told to refuse")),
            false => Ok(()),
        }
    }
}

#[tonic::async_trait]
impl AccessService for Counter {
    /// NO_SIDE_EFFECTS: may be repeated.
    async fn check_access(
        &self,
        request: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        if request.get_ref().user == "never" {
            std::future::pending::<()>().await;
        }
        self.count(request.get_ref().user == "slow").await?;
        Ok(Response::new(Default::default()))
    }

    async fn authenticate(
        &self,
        _: Request<AuthenticateRequest>,
    ) -> Result<Response<AuthenticateResponse>, Status> {
        self.count(false).await?;
        Ok(Response::new(Default::default()))
    }

    async fn authorize(&self, _: Request<AuthorizeRequest>) -> Result<Response<AuthorizeResponse>, Status> {
        self.count(false).await?;
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl InboxService for Counter {
    /// Nothing in the contract says that it may be repeated.
    async fn deliver(&self, _: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        self.count(false).await?;
        Ok(Response::new(Default::default()))
    }
}

/// The settings of tests: everything is noticed soon.
pub fn settings(addresses: &[SocketAddr], tls: Option<tls::Client>) -> Settings {
    let address = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    Settings { refresh: Duration::from_millis(50), ..Settings::new("identity", address, tls) }
}

pub fn peer(addresses: &[SocketAddr]) -> Peer {
    peer::remote(settings(addresses, None), &Spawner::new())
}

/// A call that may be repeated.
pub async fn read(peer: &Peer, user: &str) -> Result<(), Status> {
    let request = CheckAccessRequest { user: user.to_owned(), ..Default::default() };
    let mut client = AccessServiceClient::new(peer.clone());
    within("the answer", client.check_access(request)).await.map(drop)
}

/// A call that may not.
pub async fn write(peer: &Peer) -> Result<(), Status> {
    let mut client = InboxServiceClient::new(peer.clone());
    within("the answer", client.deliver(DeliverRequest::default())).await.map(drop)
}

/// A port where nobody listens.
pub fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
