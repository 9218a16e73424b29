//! A real `roster serve` in a folder of its own, on SQLite or PostgreSQL; or the five programs.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use platform::testing::Engine;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::http::Http;
use crate::shape::Shape;

const ROSTER: &str = env!("CARGO_BIN_EXE_roster");
/// A start in a debug build on a busy machine.
const START: Duration = Duration::from_secs(60);

/// The folder, the databases, and the server while it runs.
pub struct Installation {
    folder: tempfile::TempDir,
    /// `--data …`, and `--postgres …` on PostgreSQL.
    place: Vec<String>,
    server: Option<Server>,
    /// The system chose it at the first start; whoever knows the address finds the next server there.
    port: u16,
    five: Option<Five>,
    /// Dropped last: PostgreSQL databases vanish with it.
    _databases: platform::testing::Prefix,
}

/// The second shape, and what the first prints by itself.
struct Five {
    shape: Shape,
    setup_link: String,
}

struct Server {
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
    origin: String,
    admin: String,
    setup_link: Option<String>,
}

impl Installation {
    /// A new one, not yet started.
    pub fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let databases = engine.prefix();
        let mut place = vec!["--data".to_owned(), folder.path().join("data").display().to_string()];
        if let Some(url) = databases.url() {
            place.extend(["--postgres".to_owned(), url, "--postgres-connections".to_owned(), "4".to_owned()]);
        }
        Self { folder, place, server: None, port: 0, five: None, _databases: databases }
    }

    /// One in a data folder that is there already, such as a backup.
    pub fn at(data: &Path) -> Self {
        let place = vec!["--data".to_owned(), data.display().to_string()];
        Self {
            folder: tempfile::tempdir().unwrap(),
            place,
            server: None,
            port: 0,
            five: None,
            _databases: Engine::Sqlite.prefix(),
        }
    }

    /// The five programs with so many replicas of each, started and ready.
    pub async fn five(replicas: usize) -> Self {
        Self::of(Shape::start(replicas).await).await
    }

    /// The same in a shape that runs already.
    pub async fn of(shape: Shape) -> Self {
        let said = shape.identity(&["setup-link"], &["--public-origin", &shape.origin()]).await;
        let setup_link = said.lines().last().unwrap().to_owned();
        Self { five: Some(Five { shape, setup_link }), ..Self::new(Engine::Sqlite) }
    }

    /// Starts it and waits until it says where it listens.
    pub async fn start(&mut self) {
        self.start_with(&[]).await;
    }

    /// The same, with further arguments.
    pub async fn start_with(&mut self, arguments: &[&str]) {
        let mut command = self.command("serve");
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut origin, mut admin, mut setup_link) = (None, None, None);
        let reading = async {
            while let Some(line) = output.next_line().await.unwrap() {
                if let Some(address) = line.strip_prefix("Roster listens on ") {
                    origin = Some(address.to_owned());
                }
                if let Some(address) = line.strip_prefix("Health and metrics are on ") {
                    admin = Some(address.to_owned());
                }
                if line.contains("/setup#") {
                    setup_link = Some(line.clone());
                }
                if line.starts_with("Mails arrive at") {
                    return;
                }
            }
        };
        timeout(START, reading).await.expect("roster serve starts in time");
        let origin = origin.expect("roster serve says where it listens");
        self.port = origin.rsplit(':').next().unwrap().parse().unwrap();
        let admin = admin.expect("roster serve says where its metrics are");
        self.server = Some(Server { child, _output: output, origin, admin, setup_link });
    }

    /// The five programs; panics for the one process.
    pub fn shape(&self) -> &Shape {
        &self.five.as_ref().expect("the second shape").shape
    }

    /// As [`shape`](Self::shape), to kill and to revive.
    pub fn shape_mut(&mut self) -> &mut Shape {
        &mut self.five.as_mut().expect("the second shape").shape
    }

    /// The one-time link of the first start.
    pub fn setup_token(&self) -> String {
        let link = match &self.five {
            Some(five) => five.setup_link.clone(),
            None => self.server.as_ref().unwrap().setup_link.clone().expect("the first start prints a link"),
        };
        link.split_once('#').unwrap().1.to_owned()
    }

    pub fn has_setup_link(&self) -> bool {
        self.server.as_ref().unwrap().setup_link.is_some()
    }

    pub fn origin(&self) -> &str {
        &self.server.as_ref().unwrap().origin
    }

    /// `/metrics`, as Prometheus reads it.
    pub async fn metrics(&self) -> String {
        Http::new(&self.server.as_ref().unwrap().admin).try_get("/metrics").await.text
    }

    pub fn http(&self) -> Http {
        if let Some(five) = &self.five {
            return five.shape.http();
        }
        Http::new(self.origin())
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// SIGKILL, at once.
    pub async fn kill(&mut self) {
        let mut server = self.server.take().unwrap();
        server.child.kill().await.unwrap();
    }

    /// SIGTERM, and how it ended.
    pub async fn stop(&mut self) -> std::process::ExitStatus {
        if let Some(five) = &mut self.five {
            five.shape.stop().await;
            return std::process::ExitStatus::default();
        }
        let mut server = self.server.take().unwrap();
        let id = server.child.id().unwrap().to_string();
        Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        timeout(Duration::from_secs(40), server.child.wait())
            .await
            .expect("it stops within its limit")
            .unwrap()
    }

    /// Runs another command of the program on the same place.
    pub async fn run(&self, command: &[&str], arguments: &[&str]) -> (bool, String) {
        let mut process = Command::new(ROSTER);
        process.args(command).args(&self.place).args(arguments);
        let output = timeout(START, process.output()).await.expect("the command ends in time").unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// What `roster check` says, whether or not every invariant holds.
    pub async fn check(&self) -> String {
        match &self.five {
            Some(five) => five.shape.check().await,
            None => self.run(&["check"], &[]).await.1,
        }
    }

    /// As [`run`](Self::run), for commands that must succeed.
    pub async fn must(&self, command: &[&str], arguments: &[&str]) -> String {
        if let Some(five) = &self.five {
            return five.shape.operator(command, arguments).await;
        }
        let (success, said) = self.run(command, arguments).await;
        assert!(success, "roster {}: {said}", command.join(" "));
        said
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(ROSTER);
        command.arg(name).args(&self.place).stdin(Stdio::null());
        command
    }

    /// Mails in the development mailbox, to one address or to all.
    pub async fn mails(&self, to: &str) -> Vec<Value> {
        let mut mails = Vec::new();
        let mut token = String::new();
        loop {
            let path =
                format!("/dev/mailbox.json?page_size=1000&to={}&page_token={token}", to.replace('+', "%2B"));
            let page = self.http().get(&path).await;
            mails.extend(page["mails"].as_array().unwrap().iter().cloned());
            token = page["next_page_token"].as_str().unwrap().to_owned();
            if token.is_empty() {
                return mails;
            }
        }
    }

    /// Waits until exactly `count` mails are there for an address, and shows them.
    pub async fn mails_when(&self, to: &str, count: usize) -> Vec<Value> {
        platform::testing::eventually(
            "the mails arrive",
            || self.mails(to),
            |mails: &Vec<_>| mails.len() >= count,
        )
        .await
        .tap(|mails| assert_eq!(mails.len(), count, "mails to {to:?}: {mails:?}"))
    }
}

trait Tap: Sized {
    fn tap(self, look: impl FnOnce(&Self)) -> Self {
        look(&self);
        self
    }
}

impl<T> Tap for T {}

/// The code in a mail's link.
pub fn code(mail: &Value) -> String {
    mail["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
}
