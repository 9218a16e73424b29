//! One process of the shape, and the ports that are its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Longer than the drain (10 s here), the jobs (5 s) and the connections (2 s) may take.
const STOP: Duration = Duration::from_secs(25);

/// One process, running or not, and its ports.
pub struct Replica {
    pub port: Port,
    pub admin: Port,
    log: PathBuf,
    pub child: Option<Child>,
}

/// A port that nobody else is given while this is held: bound, not listened on, so that the program can.
pub struct Port {
    _held: TcpSocket,
    pub address: SocketAddr,
}

impl Port {
    fn reserve() -> Self {
        let held = TcpSocket::new_v4().unwrap();
        held.set_reuseaddr(true).unwrap();
        held.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = held.local_addr().unwrap();
        Self { _held: held, address }
    }
}

impl Replica {
    pub fn new(log: PathBuf) -> Self {
        Self { port: Port::reserve(), admin: Port::reserve(), log, child: None }
    }

    pub fn start(&mut self, name: &str, arguments: &[String]) {
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let mut command = Command::new(program(name));
        command.arg("serve").args(arguments).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
        self.child = Some(command.spawn().unwrap());
    }

    pub fn last_lines(&self) -> String {
        const LINES: usize = 15;
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
        format!("--- {}\n{last}\n", self.log.display())
    }
}

/// SIGTERM, and how the process ended. Panics when it does not within its limit.
pub async fn terminate(child: &mut Child) -> ExitStatus {
    let id = child.id().expect("it runs").to_string();
    Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
    timeout(STOP, child.wait()).await.expect("it stops within its limit").unwrap()
}

/// A program of the project, beside `roster`.
pub fn program(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_roster")).with_file_name(name);
    assert!(path.exists(), "{} is missing: cargo build --workspace --bins", path.display());
    path
}
