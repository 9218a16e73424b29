//! identity-svc as a process of its own.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use identity_svc::{Config, MIGRATIONS, operator};
use platform::node::{self, Database, Log, Migrate, Node, Serve};

/// Who you are: organizations, users, sign-in, links, rights.
#[derive(Debug, Parser)]
#[command(name = "identity-svc", version, about)]
struct Cli {
    #[command(flatten)]
    log: Log,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until SIGTERM, then drains.
    Serve(Box<Serve<Config>>),
    /// Brings the tables up to date, once, under a lock.
    Migrate(Migrate),
    /// Makes the first organization, its Owner and an API key that acts as the Owner.
    Bootstrap(Box<Setup<operator::Bootstrap>>),
    /// Programs that belong to no organization: a shop, a phone service.
    #[command(subcommand)]
    Client(Client),
    /// Prints a link that makes the first organization, while there is none.
    SetupLink(Box<Setup<SetupLink>>),
}

#[derive(Debug, Subcommand)]
enum Client {
    /// Makes a platform client and prints its key, once.
    Create(Box<Setup<operator::CreateClient>>),
}

#[derive(Debug, Args)]
struct Setup<What: Args> {
    #[command(flatten)]
    database: Database,
    /// The keys folder of the service.
    #[arg(long, value_name = "DIR", default_value = "keys")]
    keys: PathBuf,
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    what: What,
}

#[derive(Debug, Args)]
struct SetupLink {
    /// Where people reach the installation; the link starts with it.
    #[arg(long, value_name = "URL")]
    public_origin: String,
}

fn main() -> ExitCode {
    node::run(|cli: &Cli| &cli.log, start)
}

async fn start(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(settings) => serve(*settings).await,
        Command::Migrate(settings) => settings.run(&MIGRATIONS).await,
        Command::Bootstrap(settings) => settings.with(async |what, peer| what.run(peer).await).await,
        Command::Client(Client::Create(settings)) => {
            settings.with(async |what, peer| what.run(peer).await).await
        }
        Command::SetupLink(settings) => {
            let printed =
                async |what: SetupLink, peer| operator::print_setup_link(peer, &what.public_origin).await;
            settings.with(printed).await
        }
    }
}

async fn serve(settings: Serve<Config>) -> anyhow::Result<()> {
    let node = Node::start("identity", settings.node).await?;
    let peers = node.peers(&["license", "notify"]);
    let build = |process: &_, db| identity_svc::build(settings.config, process, peers, db);
    node.serve(settings.database, &MIGRATIONS, build).await
}

impl<What: Args> Setup<What> {
    async fn with(
        self,
        run: impl AsyncFnOnce(What, platform::peer::Peer) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (peer, db) = operator::at_hand(self.config, &self.database, &self.keys).await?;
        let ran = run(self.what, peer).await;
        db.close().await;
        ran
    }
}
