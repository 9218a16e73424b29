//! license-svc as a process of its own.

use std::process::ExitCode;

use clap::Parser;
use license_svc::{Config, MIGRATIONS};
use platform::node::{self, Command, Node, Serve, Service};

/// What you may use: purchases, pools, seats.
#[derive(Debug, Parser)]
#[command(name = "license-svc", version, about)]
struct Cli {
    #[command(flatten)]
    service: Service<Config>,
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

async fn serve(settings: Serve<Config>) -> anyhow::Result<()> {
    let node = Node::start("license", settings.node).await?;
    let peers = node.peers(&["identity", "notify"]);
    let build = |process: &_, db| license_svc::build(settings.config, process, peers, db);
    node.needs(&["identity"]).serve(settings.database, &MIGRATIONS, build).await
}
