//! A real `roster serve`, in a folder of its own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::http::Http;
use super::lab::{Engine, Lab};
use super::process;

/// The Owner's password, and everybody's.
pub const PASSWORD: &str = "correct horse 7";
/// The Owner.
pub const OWNER: &str = "olivia@acme.example";
/// Files of a million rows.
const SIZES: [&str; 6] = [
    "--import-max-rows",
    "1000000",
    "--import-max-bytes",
    "268435456",
    "--gateway-upload-bytes",
    "268435456",
];

/// Where it keeps things, and who owns its organization.
#[derive(Clone, Debug)]
pub struct Installation {
    pub roster: PathBuf,
    pub data: PathBuf,
    /// The server's URL with the prefix of the databases' names.
    pub postgres: Option<String>,
    /// `organizations/…`
    pub organization: String,
    /// Acts as the Owner.
    pub key: String,
}

/// One that runs; killed when dropped.
pub struct Running {
    child: Child,
    pub address: String,
}

impl Installation {
    /// A new one with one organization, not running.
    pub async fn new(lab: &Lab, engine: Engine) -> anyhow::Result<Self> {
        let number = lab.number();
        let data = lab.folder().join(format!("data-{number}"));
        let postgres = (engine == Engine::Postgres)
            .then(|| format!("{}/bench{}x{number}", server(&lab.postgres), std::process::id()));
        let password = lab.folder().join("password");
        tokio::fs::write(&password, PASSWORD).await?;
        let mut made = Self {
            roster: lab.roster.clone(),
            data,
            postgres,
            organization: String::new(),
            key: String::new(),
        };
        let mut command = made.command(&["bootstrap"]);
        command.args(["--organization", "Acme", "--owner", OWNER, "--json", "--password-file"]).arg(password);
        let said = output(command).await?;
        let answer: Value = serde_json::from_str(said.lines().last().unwrap_or_default())?;
        made.organization = text(&answer["organization"])?;
        made.key = text(&answer["api_key"])?;
        Ok(made)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.roster);
        command.args(words).arg("--data").arg(&self.data).stdin(Stdio::null()).kill_on_drop(true);
        if let Some(postgres) = &self.postgres {
            command.args(["--postgres", postgres]);
        }
        command
    }

    /// Runs another command of the program on the same place.
    pub async fn run(&self, words: &[&str], arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command(words);
        command.args(arguments);
        output(command).await
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&self, settings: &[&str]) -> anyhow::Result<Running> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = self.command(&["serve"]);
        command.args(["--listen", &address]).args(SIZES).args(settings).stdout(Stdio::null());
        let mut running = Running { child: command.spawn()?, address };
        running.ready().await?;
        Ok(running)
    }

    /// Below `/v1/organizations/…`.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/{}{rest}", self.organization)
    }

    /// Buys licences and maps them to the organization, as a person does.
    pub async fn buy(&self, running: &Running, seats: usize) -> anyhow::Result<()> {
        let seats = seats.to_string();
        self.run(&["dev", "purchase"], &["--buyer", OWNER, "--seats", &seats]).await?;
        let mut http = Http::connect(&running.address, None).await?;
        let session = http.post("/v1/sessions", &json!({"email": OWNER, "password": PASSWORD})).await?;
        let mut owner = running.connect(session["sessionToken"].as_str().unwrap_or_default()).await?;
        let path = format!("/dev/mailbox.json?page_size=1&to={OWNER}");
        for _ in 0..200 {
            let mails = http.get(&path).await?;
            if let Some((_, token)) = mails["mails"][0]["link"].as_str().and_then(|it| it.split_once('#')) {
                let mapping = json!({"token": token, "existingOrganization": self.organization});
                owner.push("/v1/purchaseLinks:map", &mapping).await?;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the mail of the purchase did not arrive")
    }

    /// The URL of one of its databases.
    pub fn database(&self, service: &str) -> Option<String> {
        self.postgres.as_ref().map(|prefix| format!("{prefix}_{service}"))
    }
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Seconds of processor time so far.
    pub fn cpu(&self) -> anyhow::Result<f64> {
        process::cpu(self.id())
    }

    pub async fn connect(&self, bearer: &str) -> anyhow::Result<Http> {
        Http::connect(&self.address, Some(bearer)).await
    }

    /// SIGTERM, and until it is gone.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let id = i32::try_from(self.id())?;
        let id = rustix::process::Pid::from_raw(id).context("it ended by itself")?;
        rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        let status = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await??;
        ensure!(status.success(), "roster serve ended with {status}");
        Ok(())
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            if let Some(status) = self.child.try_wait()? {
                bail!("roster serve ended with {status}");
            }
            if let Ok(mut http) = Http::connect(&self.address, None).await
                && http.fetch("/readyz").await.is_ok()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bail!("roster serve is not ready after a minute")
    }
}

impl Drop for Running {
    /// Its folder is free for the next line when this returns.
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.start_kill());
        for _ in 0..5_000 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

async fn output(mut command: Command) -> anyhow::Result<String> {
    let output = command.output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(said)
}

/// A port that was free a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A URL without the name of a database.
pub fn server(url: &str) -> &str {
    let behind_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url[behind_scheme..].find('/').map_or(url.len(), |at| behind_scheme + at);
    &url[..end]
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_owned).with_context(|| format!("not a text: {value}"))
}
