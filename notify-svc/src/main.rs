//! notify-svc as a process of its own.

use std::process::ExitCode;

use clap::{Args, Parser};
use notify_svc::{Config, MIGRATIONS};
use platform::node::{self, Command, Node, Serve, Service, SiteSettings};

/// How people hear of it.
#[derive(Debug, Parser)]
#[command(name = "notify-svc", version, about)]
struct Cli {
    #[command(flatten)]
    service: Service<Settings>,
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
    node::run(|cli: &Cli| &cli.service.log, start)
}

async fn start(cli: Cli) -> anyhow::Result<()> {
    match cli.service.command {
        Command::Serve(settings) => serve(*settings).await,
        Command::Migrate(settings) => settings.run(&MIGRATIONS).await,
    }
}

async fn serve(settings: Serve<Settings>) -> anyhow::Result<()> {
    let node = Node::start("notify", settings.node).await?;
    let site = settings.config.site.site_of_links()?;
    let peers = node.peers(&["identity"]);
    let build = |process: &_, db| notify_svc::build(settings.config.config, site, process, peers, db);
    node.serve(settings.database, &MIGRATIONS, build).await
}
