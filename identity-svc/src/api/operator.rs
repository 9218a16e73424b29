//! What an operator types: the setup calls of the contract, with answers for a terminal.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use platform::clock::Clock;
use platform::db::Db;
use platform::keys::Keys;
use platform::node::{Database, said};
use platform::peer::{self, Peer, Peers};
use platform::serve::Process;
use proto::identity::v1::setup_service_client::SetupServiceClient;
use proto::identity::v1::{BootstrapRequest, CreateClientRequest, CreateSetupLinkRequest};
use serde_json::json;

use crate::{Config, MIGRATIONS};

/// `bootstrap`: an organization, its Owner and an API key that acts as the Owner.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Bootstrap {
    /// Name of the organization.
    #[arg(long)]
    pub organization: String,
    /// E-mail of its Owner.
    #[arg(long)]
    pub owner: String,
    /// File that holds the Owner's password; "-" reads standard input.
    #[arg(long, value_name = "FILE")]
    pub password_file: PathBuf,
    /// Print another API key for an Owner who is there already, set up in a browser for example. The password must
    /// be right.
    #[arg(long)]
    pub new_key: bool,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// `client create`: a program that belongs to no organization (Q35).
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct CreateClient {
    /// Name of the program.
    #[arg(long)]
    pub name: String,
    /// What it may do: purchases.record, entitlements.check, access.check.
    #[arg(long, required = true, value_delimiter = ',')]
    pub may: Vec<String>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    pub json: bool,
}

impl Bootstrap {
    /// Makes the organization; a repeat prints the same names, and a key only if it asks for one.
    ///
    /// # Errors
    /// What the service refuses with; a password file that cannot be read.
    pub async fn run(self, peer: Peer) -> anyhow::Result<()> {
        let request = BootstrapRequest {
            organization_display_name: self.organization,
            owner_email: self.owner,
            password: read_password(&self.password_file)?,
            new_key: self.new_key,
        };
        let answer = SetupServiceClient::new(peer).bootstrap(request).await;
        let answer = answer.map_err(|status| said(&status))?.into_inner();
        if self.json {
            let shown =
                json!({"organization": answer.organization, "user": answer.user, "api_key": answer.api_key});
            println!("{shown}");
            return Ok(());
        }
        println!("organization: {}\nowner: {}", answer.organization, answer.user);
        match answer.api_key.as_str() {
            "" => println!("It was there already; --new-key prints another API key for it."),
            key => println!("API key (shown once, acts as the Owner): {key}"),
        }
        Ok(())
    }
}

impl CreateClient {
    /// Makes a platform client and prints its key, once.
    ///
    /// # Errors
    /// What the service refuses with.
    pub async fn run(self, peer: Peer) -> anyhow::Result<()> {
        let request = CreateClientRequest { display_name: self.name, permissions: self.may };
        let answer = SetupServiceClient::new(peer).create_client(request).await;
        let answer = answer.map_err(|status| said(&status))?.into_inner();
        if self.json {
            println!("{}", json!({"name": answer.name, "api_key": answer.api_key}));
            return Ok(());
        }
        println!("client: {}\nAPI key (shown once): {}", answer.name, answer.api_key);
        Ok(())
    }
}

/// Says how to begin while there is no organization yet: a link that works once.
///
/// # Errors
/// What the service refuses with.
pub async fn print_setup_link(peer: Peer, public_origin: &str) -> anyhow::Result<()> {
    let answer = SetupServiceClient::new(peer).create_setup_link(CreateSetupLinkRequest {}).await;
    let link = answer.map_err(|status| said(&status))?.into_inner();
    if !link.token.is_empty() {
        println!("Open this link once to create the first organization:");
        println!("{public_origin}/setup#{}", link.token);
    }
    Ok(())
}

/// The service, built for one command beside whatever replicas run: no port, no job.
///
/// # Errors
/// Keys or a database that cannot be opened.
pub async fn at_hand(config: Config, database: &Database, keys: &Path) -> anyhow::Result<(Peer, Db)> {
    let keys = Keys::open_of("identity", keys).context("the keys cannot be opened")?;
    let process = Process::for_a_command(Clock::system(), keys)?;
    let db = database.open(&MIGRATIONS).await?;
    let signer = || Peers::new(process.signer("identity"));
    // What a command asks for waits in the outbox for a replica, which knows its peers.
    let nobody = signer().with("license", peer::late().1).with("notify", peer::late().1);
    let routes = crate::build(config, &process, nobody, db.clone())?;
    Ok((signer().with("identity", peer::local(routes)).work("identity", None)?, db))
}

fn read_password(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("the password cannot be read")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    }
    // An editor adds a line end; it is not part of the password.
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
