//! A process that stands: it listens, says how it is, and stops within its limit.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;

use super::door::door;
use super::{Database, Settings, outlook};
use crate::clock::Clock;
use crate::db::{Db, Migrations};
use crate::keys::Keys;
use crate::peer::{self, Peer, Peers, remote};
use crate::serve::{self, Drained, Limits, Listener, Load, Manners, Probe, Process, Signals};
use crate::tls;

/// Time for jobs to put down what they hold, after the last request.
const JOBS_LIMIT: Duration = Duration::from_secs(5);
/// Time for the connections to the database to close.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Where health is asked for over gRPC; in front of everything, because nobody signs a probe.
const PROBE: &str = "/grpc.health.v1.Health/{method}";

/// A process that has its ports and keys, and is about to serve.
pub struct Node {
    /// What its service is built with.
    pub process: Process,
    signals: Signals,
    service: &'static str,
    listener: TcpListener,
    admin: TcpListener,
    identity: Option<tls::Identity>,
    settings: Settings,
    /// One set of connections to each, however many parts of the process call it.
    callees: Mutex<BTreeMap<&'static str, Peer>>,
}

impl Node {
    /// Takes the signals and the ports, opens keys and certificates, and watches both for changes.
    ///
    /// # Errors
    /// A port that is taken, keys or certificates that cannot be used.
    pub async fn start(service: &'static str, settings: Settings) -> anyhow::Result<Self> {
        let signals = Signals::install().context("the signal handlers cannot be installed")?;
        let identity = settings.identity(service)?;
        let keys = Keys::open_of(service, &settings.keys).context("the keys cannot be opened")?;
        let listener = listen(settings.listen).await?;
        let admin = listen(settings.admin_listen).await?;
        let process = Process::new(Clock::system(), keys)?;
        if let Some(identity) = identity.clone() {
            let shown = identity.clone();
            process.metrics.certificate(service, move || shown.ends());
            process.spawner.task("tls.watch", identity.watch(process.spawner.stopping().clone()));
        }
        let callees = Mutex::default();
        Ok(Self { process, signals, service, listener, admin, identity, settings, callees })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Another service, over the network.
    pub fn peer(&self, service: &'static str) -> Peer {
        let mut callees = self.callees.lock().unwrap_or_else(PoisonError::into_inner);
        let connect = || {
            let client = self.identity.as_ref().map(|identity| identity.client(service));
            let settings = remote::Settings::new(service, self.settings.peers.of(service), client);
            peer::remote(settings, &self.process.spawner)
        };
        callees.entry(service).or_insert_with(connect).clone()
    }

    /// The other services that this one calls or tells of events.
    pub fn peers(&self, services: &[&'static str]) -> Peers {
        let signer = self.process.signer(self.service);
        services.iter().fold(Peers::new(signer), |peers, name| peers.with(name, self.peer(name)))
    }

    /// Not ready while one of these is not: calls need it. Whom only events are told may be away.
    #[must_use]
    pub fn needs(self, services: &[&'static str]) -> Self {
        services.iter().for_each(|service| outlook::peer(&self.process, service, self.peer(service)));
        self
    }

    /// Serves a service that remembers, until SIGTERM or SIGINT: waits for the database, builds, serves,
    /// drains. Until the database is there, calls are answered UNAVAILABLE.
    ///
    /// # Errors
    /// Tables that are older than the program and may not be migrated, settings that contradict each
    /// other.
    pub async fn serve(
        self,
        database: Database,
        migrations: &Migrations,
        build: impl FnOnce(&Process, Db) -> anyhow::Result<Routes>,
    ) -> anyhow::Result<()> {
        let listener = match &self.identity {
            Some(identity) => Listener::Tls(self.listener, identity.server()),
            None => Listener::Tcp(self.listener),
        };
        let component = self.process.health.component("database");
        let (late, router) = door();
        let probe = HealthServer::new(Probe::new(&self.process, [self.service.to_owned()]));
        let router = Router::new().route_service(PROBE, probe).fallback_service(router);
        let doors = Doors::new(&self.process, self.service, &self.settings);
        let opened = async {
            let stop = &self.process.draining;
            let Some(db) = database.wait(migrations, &component, stop).await? else { return Ok(None) };
            late.bind(peer::served(build(&self.process, db.clone())?));
            outlook::database(&self.process, component, db.clone());
            Ok(Some(db))
        };
        let served = doors.open(listener, self.admin, self.signals, router, Manners::grpc(), opened).await;
        self.process.spawner.stop(JOBS_LIMIT).await;
        if let Some(db) = served? {
            let _ = tokio::time::timeout(CLOSE_LIMIT, db.close()).await;
        }
        Ok(())
    }

    /// Serves the outer door, which remembers nothing, until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// What the system says of the ports.
    pub async fn serve_door(
        self,
        router: Router,
        manners: Manners,
        public: Option<tls::Public>,
    ) -> anyhow::Result<()> {
        let listener = match public {
            Some(public) => {
                let (shown, stopping) = (public.clone(), self.process.spawner.stopping().clone());
                self.process.metrics.certificate("public", move || shown.ends());
                self.process.spawner.task("tls.watch", public.clone().watch(stopping));
                Listener::Tls(self.listener, public.server())
            }
            None => Listener::Tcp(self.listener),
        };
        let doors = Doors::new(&self.process, self.service, &self.settings);
        let opened = async { Ok(()) };
        let served = doors.open(listener, self.admin, self.signals, router, manners, opened).await;
        self.process.spawner.stop(JOBS_LIMIT).await;
        served
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("{address} cannot be listened on"))
}

/// The two ports of a process, open until the stop.
struct Doors<'process> {
    process: &'process Process,
    service: &'static str,
    limits: Limits,
    load: Load,
}

impl<'process> Doors<'process> {
    fn new(process: &'process Process, service: &'static str, settings: &Settings) -> Self {
        let limits = Limits { drain: settings.drain, ..Limits::default() };
        Self { process, service, limits, load: settings.load }
    }

    /// Serves both ports; `opened` is what the process waits for, and its failure stops it.
    async fn open<T>(
        &self,
        listener: Listener,
        admin: TcpListener,
        signals: Signals,
        router: Router,
        manners: Manners,
        opened: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let stop = self.process.draining.clone();
        self.announce(&listener, &admin)?;
        let router = serve::bounded(router, self.load, manners, &self.process.metrics);
        let public = serve::run(listener, router, stop.clone(), self.limits);
        let operators = serve::run(admin, serve::admin(self.process), stop.clone(), self.limits);
        let opened = async { opened.await.inspect_err(|_| stop.cancel()) };
        let (drained, _, opened, ()) = tokio::join!(public, operators, opened, signals.cancel(stop.clone()));
        if let Drained::Cut(count) = drained {
            tracing::warn!(connections.cut = count, "the drain limit passed");
        }
        opened
    }

    /// For a person at a terminal, and for whoever gave it port 0.
    fn announce(&self, listener: &Listener, admin: &TcpListener) -> anyhow::Result<()> {
        if let Some(address) = listener.address()? {
            println!("{} listens on {address}", self.service);
        }
        println!("{} tells its health on http://{}", self.service, admin.local_addr()?);
        Ok(())
    }
}
