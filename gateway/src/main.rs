//! gateway: the door as a program of its own.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use gateway::{Config, PublicTls, TranscodeConfig, Upstreams, alone};
use platform::node::{self, Log, Node, SiteSettings};
use platform::tls;

/// The only door to the world: HTTP/JSON, gRPC and the console.
#[derive(Debug, Parser)]
#[command(name = "gateway", version, about)]
struct Cli {
    #[command(flatten)]
    log: Log,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// HTTP/JSON in front of any gRPC server, from its descriptors alone.
    Transcode(Box<TranscodeConfig>),
    /// Serves until SIGTERM, then drains.
    Serve(Box<Serve>),
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    node: node::Settings,
    #[command(flatten)]
    site: SiteSettings,
    #[command(flatten)]
    tls: PublicTls,
    #[command(flatten)]
    config: Config,
}

fn main() -> ExitCode {
    node::run(|cli: &Cli| &cli.log, start)
}

async fn start(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Transcode(settings) => alone::serve(*settings).await,
        Command::Serve(settings) => serve(*settings).await,
    }
}

async fn serve(settings: Serve) -> anyhow::Result<()> {
    let files = settings.tls.public_tls_certificate.zip(settings.tls.public_tls_key);
    let public = files.map(|(certificate, key)| tls::Public::open(&certificate, &key)).transpose()?;
    let node = Node::start("gateway", settings.node).await?;
    let site = settings.site.site(node.address()?)?;
    let upstreams = Upstreams {
        identity: node.peer("identity"),
        license: node.peer("license"),
        import: node.peer("import"),
        notify: node.peer("notify"),
    };
    let manners = settings.config.manners();
    let door = gateway::build(settings.config, site, &node.process, upstreams)?;
    node.needs(&["identity"]).serve_door(door, manners, public).await
}
