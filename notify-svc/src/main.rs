//! notify-svc as a process of its own.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use notify_svc::operator::Mailbox;
use notify_svc::{Config, MIGRATIONS};
use platform::node::{self, Log, Node, Serve, SiteSettings};

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
    #[command(flatten)]
    Service(node::Command<Settings>),
    /// A mail server for tests: takes mails, prints them, and fails as it is told to.
    Mailbox(Mailbox),
}

#[derive(Debug, Args)]
#[group(skip)]
struct Settings {
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
        Command::Service(node::Command::Serve(settings)) => serve(*settings).await,
        Command::Service(node::Command::Migrate(settings)) => settings.run(&MIGRATIONS).await,
        Command::Mailbox(settings) => settings.run().await,
    }
}

async fn serve(settings: Serve<Settings>) -> anyhow::Result<()> {
    let node = Node::start("notify", settings.node).await?;
    let site = settings.config.site.site_of_links()?;
    let peers = node.peers(&["identity"]);
    let build = |process: &_, db| notify_svc::build(settings.config.config, site, process, peers, db);
    node.serve(settings.database, &MIGRATIONS, build).await
}
