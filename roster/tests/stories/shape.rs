//! The second shape: the five real programs, N replicas of each, on PostgreSQL, with mutual TLS.
//!
//! Everything is on loopback. Each replica has its ports for the life of the [`Shape`], so one that was
//! killed comes back where its peers look for it. Logs are files: a test that fails shows the last lines
//! of each, see [`Shape::logs`].
//!
//! ```text
//! let mut shape = Shape::start(2).await;      // certificates, migrations, ten processes, all ready
//! shape.kill("license", 0).await;             // SIGKILL
//! shape.revive("license", 0);                 // the same ports; does not wait
//! shape.ready("license", 0).await;            // until /readyz says so
//! shape.terminate("import", 1).await;         // SIGTERM, and how it ended
//! shape.http();                               // the next gateway, in turn
//! ```
//!
//! The programs are those beside `roster` in the target folder: `cargo build --workspace --bins` makes
//! them anew (`make test` does).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use platform::testing::{Engine, Prefix};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use crate::http::Http;

mod replica;

use replica::{Replica, program, terminate};

/// Those that remember, in the order of the calls.
pub const MEMORIES: [&str; 4] = ["identity", "license", "import", "notify"];
/// All five.
pub const SERVICES: [&str; 5] = ["identity", "license", "import", "notify", "gateway"];

/// A start in a debug build on a busy machine.
const START: Duration = Duration::from_secs(60);

/// A running installation.
pub struct Shape {
    folder: tempfile::TempDir,
    replicas: BTreeMap<&'static str, Vec<Replica>>,
    turn: AtomicUsize,
    /// The databases' server for a login that may only run.
    app: String,
    /// Dropped last: the databases vanish with it.
    databases: Prefix,
}

impl Shape {
    /// Everything from nothing, until all are ready.
    pub async fn start(replicas: usize) -> Self {
        Self::on(Engine::Postgres.prefix(), replicas).await
    }

    /// The same on a database server of the test's own.
    pub async fn on(databases: Prefix, replicas: usize) -> Self {
        let mut shape = Self::laid_out(databases, replicas).await;
        shape.revive_all();
        shape.all_ready().await;
        shape
    }

    /// Certificates, keys and migrated databases; nothing runs yet.
    pub async fn new(replicas: usize) -> Self {
        Self::laid_out(Engine::Postgres.prefix(), replicas).await
    }

    async fn laid_out(databases: Prefix, replicas: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = |service: &str, number: usize| folder.path().join(format!("{service}-{number}.log"));
        let replicas = SERVICES
            .map(|name| (name, (0..replicas).map(|number| Replica::new(log(name, number))).collect()));
        let (turn, app) = (AtomicUsize::new(0), String::new());
        let mut shape = Self { folder, replicas: replicas.into(), turn, app, databases };
        let certificates = shape.certificates();
        shape.must("roster", &["dev", "certificates", certificates.to_str().unwrap()]).await;
        join_all(MEMORIES.map(|service| shape.migrate(service))).await;
        shape.app = shape.databases.app_url().await.unwrap();
        shape
    }

    async fn migrate(&self, service: &str) {
        let owner = self.owners_database(service);
        self.must(&format!("{service}-svc"), &["migrate", "--postgres", &owner]).await;
    }

    /// Starts all that do not run; they come up in any order.
    pub fn revive_all(&mut self) {
        for service in SERVICES {
            for number in 0..self.count(service) {
                if self.replicas[service][number].child.is_none() {
                    self.revive(service, number);
                }
            }
        }
    }

    /// Starts a replica and does not wait until it is ready.
    pub fn revive(&mut self, service: &'static str, number: usize) {
        self.revive_with(service, number, &[]);
    }

    /// The same, with further arguments.
    pub fn revive_with(&mut self, service: &'static str, number: usize, more: &[&str]) {
        let mut arguments = self.arguments(service, number);
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let program = if service == "gateway" { service.to_owned() } else { format!("{service}-svc") };
        self.replica(service, number).start(&program, &arguments);
    }

    /// Waits until a replica says that it is ready.
    pub async fn ready(&self, service: &str, number: usize) {
        let asked = async {
            while !self.is_ready(service, number).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if timeout(START, asked).await.is_err() {
            panic!("{service} {number} is not ready in time\n{}", self.logs());
        }
    }

    /// Waits until all replicas say that they are ready.
    pub async fn all_ready(&self) {
        for service in SERVICES {
            join_all((0..self.count(service)).map(|number| self.ready(service, number))).await;
        }
    }

    /// What `/readyz` says now; false also for a dead process.
    pub async fn is_ready(&self, service: &str, number: usize) -> bool {
        self.admin(service, number, "/readyz").await.is_some_and(|(status, _)| status == 200)
    }

    /// A page of a replica's admin port: `/readyz`, `/healthz`, `/metrics`. None when nobody answers.
    pub async fn admin(&self, service: &str, number: usize, path: &str) -> Option<(u16, String)> {
        let address = self.replicas[service][number].admin.address;
        Http::new(&format!("http://{address}")).probe(path).await
    }

    /// SIGKILL; returns when the process is gone.
    pub async fn kill(&mut self, service: &str, number: usize) {
        let mut child = self.replica(service, number).child.take().expect("it runs");
        child.kill().await.unwrap();
    }

    /// SIGTERM, and how the process ended. Panics when it does not within its limit.
    pub async fn terminate(&mut self, service: &str, number: usize) -> ExitStatus {
        let mut child = self.replica(service, number).child.take().expect("it runs");
        terminate(&mut child).await
    }

    /// SIGTERM to all, in any order; all must end well.
    pub async fn stop(&mut self) {
        let children = self.replicas.values_mut().flatten().filter_map(|replica| replica.child.take());
        let ended = join_all(children.map(|mut child| async move { terminate(&mut child).await })).await;
        assert!(ended.iter().all(ExitStatus::success), "{ended:?}\n{}", self.logs());
    }

    /// The next gateway, in turn.
    pub fn http(&self) -> Http {
        self.gateway(self.turn.fetch_add(1, Ordering::Relaxed) % self.count("gateway"))
    }

    /// One gateway.
    pub fn gateway(&self, number: usize) -> Http {
        Http::new(&format!("http://{}", self.replicas["gateway"][number].port.address))
    }

    /// Where every link begins: the first gateway.
    pub fn origin(&self) -> String {
        format!("http://{}", self.replicas["gateway"][0].port.address)
    }

    /// The process id of a replica that runs.
    pub fn id(&self, service: &str, number: usize) -> Option<u32> {
        self.replicas[service][number].child.as_ref()?.id()
    }

    /// How many replicas there are.
    pub fn count(&self, service: &str) -> usize {
        self.replicas[service].len()
    }

    /// Runs a command of a program to its end: whether it succeeded, and what it said.
    pub async fn run(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(self::program(program)).args(arguments).stdin(Stdio::null()).output();
        let output = timeout(START, output).await.expect("the command ends in time").unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// As [`run`](Self::run), for commands that must succeed.
    pub async fn must(&self, program: &str, arguments: &[&str]) -> String {
        let (success, said) = self.run(program, arguments).await;
        assert!(success, "{program} {arguments:?}: {said}");
        said
    }

    /// A command of identity-svc that works on its database: `bootstrap`, `client create`, `setup-link`.
    pub async fn identity(&self, command: &[&str], arguments: &[&str]) -> String {
        let keys = self.certificates().join("identity/keys").display().to_string();
        let database = self.database("identity");
        let place =
            ["--postgres", &database, "--postgres-connections", "2", "--migrate", "never", "--keys", &keys];
        self.must("identity-svc", &[command, &place, arguments].concat()).await
    }

    /// A command as the one process has it, said to the programs of this shape.
    pub async fn operator(&self, command: &[&str], arguments: &[&str]) -> String {
        match command {
            ["check"] => {
                let said = self.check().await;
                assert!(said.contains("every invariant holds"), "{said}");
                said
            }
            ["dev", "purchase"] => self.purchase(arguments).await,
            _ => self.identity(command, arguments).await,
        }
    }

    /// What `roster dev purchase` does, by the RPC that a shop calls: --buyer EMAIL --seats N.
    async fn purchase(&self, arguments: &[&str]) -> String {
        let ["--buyer", buyer, "--seats", seats] = arguments else { panic!("{arguments:?}") };
        let client = ["--name", "shop", "--may", "purchases.record", "--json"];
        let client = self.identity(&["client", "create"], &client).await;
        let client: Value = serde_json::from_str(client.lines().last().unwrap()).unwrap();
        let line = json!({"product": "meet", "seatCount": seats.parse::<i32>().unwrap()});
        let order = uuid::Uuid::now_v7().to_string();
        let purchase =
            json!({"orderNumber": order, "buyerEmail": buyer, "lines": [line], "state": "STATE_PAID"});
        let http = self.http().with(client["api_key"].as_str().unwrap());
        http.post("/v1/purchases", purchase).await.to_string()
    }

    /// What `roster check` says of all four databases.
    pub async fn check(&self) -> String {
        let data = self.folder.path().join("check").display().to_string();
        let server = self.databases.url().unwrap();
        self.run("roster", &["check", "--data", &data, "--postgres", &server]).await.1
    }

    /// The URL of a service's database, as the service has it: for a login that may only run.
    pub fn database(&self, service: &str) -> String {
        database(&self.app, service)
    }

    /// The same for whoever owns the tables.
    pub fn owners_database(&self, service: &str) -> String {
        database(&self.databases.url().unwrap(), service)
    }

    /// Where a program listens for its peers, or for the world.
    pub fn address(&self, service: &str, number: usize) -> SocketAddr {
        self.replicas[service][number].port.address
    }

    /// The folder that `roster dev certificates` made.
    pub fn certificates(&self) -> PathBuf {
        self.folder.path().join("certificates")
    }

    /// The last lines of every log, for the message of a test that fails.
    pub fn logs(&self) -> String {
        self.replicas.values().flatten().map(Replica::last_lines).collect()
    }

    fn replica(&mut self, service: &str, number: usize) -> &mut Replica {
        &mut self.replicas.get_mut(service).expect("a service")[number]
    }

    fn arguments(&self, service: &str, number: usize) -> Vec<String> {
        let replica = &self.replicas[service][number];
        let own = self.certificates().join(service);
        let file = |name: &str| own.join(name).display().to_string();
        let mut pairs = vec![
            ("--listen", replica.port.address.to_string()),
            ("--admin-listen", replica.admin.address.to_string()),
            ("--keys", file("keys")),
            ("--tls-certificate", file("certificate.pem")),
            ("--tls-key", file("key.pem")),
            ("--tls-authority", self.certificates().join("authority.pem").display().to_string()),
            ("--drain", "10s".to_owned()),
            ("--log-filter", "info".to_owned()),
            ("--peer-identity", self.addresses("identity")),
            ("--peer-license", self.addresses("license")),
            ("--peer-import", self.addresses("import")),
            ("--peer-notify", self.addresses("notify")),
        ];
        if service != "gateway" {
            pairs.push(("--postgres", self.database(service)));
            pairs.push(("--postgres-connections", "4".to_owned()));
            pairs.push(("--migrate", "never".to_owned()));
        }
        if matches!(service, "gateway" | "notify") {
            pairs.push(("--mode", "development".to_owned()));
            pairs.push(("--public-origin", self.origin()));
        }
        pairs.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
    }

    fn addresses(&self, service: &str) -> String {
        let addresses = self.replicas[service].iter().map(|replica| replica.port.address.to_string());
        addresses.collect::<Vec<_>>().join(",")
    }
}

fn database(server: &str, service: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    format!("{address}_{service}?{query}")
}
