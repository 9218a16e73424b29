//! The database server is restarted and crashes while everybody works.

use std::process::Stdio;

use platform::testing::Prefix;
use tokio::process::Command;

use super::rounds;
use super::scene::Scene;
use crate::installation::Installation;
use crate::shape::Shape;

const ROUNDS: usize = 15;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n7_a_database_server_that_restarts_and_crashes_loses_and_doubles_nothing() {
    let server = Server::start().await;
    let shape = Shape::on(Prefix::on(&server.url()), 2).await;
    let mut scene = Scene::begin(Installation::of(shape).await).await;
    // A clean restart, then twice what a power cut leaves behind.
    let modes = (0..rounds().div_ceil(5)).flat_map(|_| ["fast", "immediate", "immediate"]);
    let mut restarts = 0;
    for mode in modes {
        restarts += 1;
        scene.load.goes_on(ROUNDS).await;
        server.restart(mode).await;
        scene.load.goes_on(ROUNDS).await;
    }
    scene.end(&format!("PostgreSQL restarted under work, {restarts} times")).await;
}

/// A server of its own, with everything that makes commits last.
struct Server {
    folder: tempfile::TempDir,
    port: u16,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The port is free now; a server that finds it taken does not start, and the test says so.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder, port };
        if let Some(user) = user().await {
            command("chown", &[&user, &server.folder.path().display().to_string()]).await;
        }
        let data = server.data();
        server
            .tool(
                "initdb",
                &[
                    "--pgdata",
                    &data,
                    "--username",
                    "postgres",
                    "--auth",
                    "trust",
                    "--encoding",
                    "UTF8",
                    "--locale",
                    "C.UTF-8",
                ],
            )
            .await;
        server.control(&["start", "--wait", "--options", &server.options()]).await;
        server
    }

    async fn restart(&self, mode: &str) {
        self.control(&["restart", "--wait", "--mode", mode, "--options", &self.options()]).await;
    }

    fn options(&self) -> String {
        format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200",
            self.port
        )
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    async fn control(&self, arguments: &[&str]) {
        let log = self.folder.path().join("log").display().to_string();
        let (data, place) = (self.data(), ["--silent", "--pgdata"]);
        self.tool("pg_ctl", &[&place[..], &[&data, "--log", &log], arguments].concat()).await;
    }

    /// PostgreSQL refuses to run as root.
    async fn tool(&self, name: &str, arguments: &[&str]) {
        match user().await {
            Some(user) => command("runuser", &[&["-u", &user, "--", name], arguments].concat()).await,
            None => command(name, arguments).await,
        };
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = |identity: u32| {
            let _ = std::process::Command::new("kill").args(["-QUIT", &identity.to_string()]).status();
        };
        let file =
            std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap_or_default();
        file.lines().next().and_then(|line| line.parse().ok()).map(stop).unwrap_or_default();
    }
}

/// Whose name the server runs in when the test runs as root.
async fn user() -> Option<String> {
    (command("id", &["-u"]).await.trim() == "0").then(|| "postgres".to_owned())
}

async fn command(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    // Inherited pipes would keep the test waiting for a server that it has started.
    command.args(arguments).current_dir("/").stdin(Stdio::null()).stderr(Stdio::inherit());
    if program.ends_with("runuser") || program.ends_with("pg_ctl") {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().await.unwrap();
        assert!(status.success(), "{program} {arguments:?}: {status}");
        return String::new();
    }
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
