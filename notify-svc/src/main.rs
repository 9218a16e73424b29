//! notify-svc as a process of its own.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use notify_svc::{Config, MIGRATIONS};
use platform::node::{self, Database, Log, Migrate, Node, SiteSettings};

/// How people hear of it.
#[derive(Debug, Parser)]
#[command(name = "notify-svc", version, about)]
struct Cli {
    #[command(flatten)]
    log: Log,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until SIGTERM, then drains.
    Serve(Box<Serve>),
    /// Brings the tables up to date, once, under a lock.
    Migrate(Migrate),
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    node: node::Settings,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    site: SiteSettings,
    #[command(flatten)]
    config: Config,
}

fn main() -> ExitCode {
    node::run(|cli: &Cli| &cli.log, start)
}

async fn start(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(settings) => serve(*settings).await,
        Command::Migrate(settings) => settings.run(&MIGRATIONS).await,
    }
}

async fn serve(settings: Serve) -> anyhow::Result<()> {
    let node = Node::start("notify", settings.node).await?;
    let site = settings.site.site_of_links()?;
    let peers = node.peers(&["identity"]);
    let build = |process: &_, db| notify_svc::build(settings.config, site, process, peers, db);
    node.serve(settings.database, &MIGRATIONS, build).await
}
