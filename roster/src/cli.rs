//! The command line. Each flag is also an environment variable and a line in
//! the settings file (docs/settings.md).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use identity_svc::operator;
use platform::config;
use platform::node::{Log, SiteSettings};
use platform::serve::Load;

/// Organizations, their people and their licences, in one process.
#[derive(Debug, Parser)]
#[command(name = "roster", version, about)]
pub struct Cli {
    /// How and what it logs.
    #[command(flatten)]
    pub log: Log,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs all five services.
    Serve(Box<Serve>),
    /// Makes the first organization, its Owner and an API key that acts as the Owner.
    Bootstrap(Box<Bootstrap>),
    /// Programs that belong to no organization: a shop, a phone service.
    #[command(subcommand)]
    Client(Client),
    /// For trying things out.
    #[command(subcommand)]
    Dev(Dev),
    /// Verifies the invariants from the databases; changes nothing.
    Check(Place),
    /// Copies the databases, as of one moment, and the keys to a new folder.
    Backup(Backup),
    /// Prints a table of all settings.
    Settings,
}

/// `roster client …`
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Makes a platform client and prints its key, once.
    Create(Box<CreateClient>),
}

/// `roster dev …`
#[derive(Debug, Subcommand)]
pub enum Dev {
    /// Records a paid purchase; its mail arrives in the development mailbox.
    Purchase(Box<Purchase>),
    /// Makes certificates and keys for the five programs, to try them on one machine.
    Certificates(Certificates),
}

/// Where everything is kept.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The data folder: databases (SQLite), keys, the operator's socket.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Keep the databases on this PostgreSQL server instead: roster_identity,
    /// _license, _import and _notify are created when missing. A name behind the
    /// host replaces "roster".
    #[arg(long, value_name = "URL")]
    pub postgres: Option<config::Secret>,
    /// Connections to PostgreSQL per service.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub postgres_connections: u32,
}

/// The settings of all services.
#[derive(Clone, Debug, Args)]
pub struct Services {
    /// identity-svc
    #[command(flatten)]
    pub identity: identity_svc::Config,
    /// license-svc
    #[command(flatten)]
    pub license: license_svc::Config,
    /// import-svc
    #[command(flatten)]
    pub import: import_svc::Config,
    /// notify-svc
    #[command(flatten)]
    pub notify: notify_svc::Config,
    /// gateway
    #[command(flatten)]
    pub gateway: gateway::Config,
}

/// `roster serve`
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Where everything is kept.
    #[command(flatten)]
    pub place: Place,
    /// The one port: console, HTTP/JSON and gRPC. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Health and metrics for operators.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub admin_listen: SocketAddr,
    /// What it is called and how careful it is.
    #[command(flatten)]
    pub site: SiteSettings,
    /// How long requests may go on after SIGTERM; then they are cut.
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = config::duration)]
    pub drain: Duration,
    /// How much it takes on at once.
    #[command(flatten)]
    pub load: Load,
    /// The settings of all services.
    #[command(flatten)]
    pub services: Services,
}

/// `roster bootstrap`
#[derive(Clone, Debug, Args)]
pub struct Bootstrap {
    /// Where everything is kept.
    #[command(flatten)]
    pub place: Place,
    /// What is made.
    #[command(flatten)]
    pub what: operator::Bootstrap,
    /// The settings of all services.
    #[command(flatten)]
    pub services: Services,
}

/// `roster client create`
#[derive(Clone, Debug, Args)]
pub struct CreateClient {
    /// Where everything is kept.
    #[command(flatten)]
    pub place: Place,
    /// What is made.
    #[command(flatten)]
    pub what: operator::CreateClient,
    /// The settings of all services.
    #[command(flatten)]
    pub services: Services,
}

/// `roster dev purchase`
#[derive(Clone, Debug, Args)]
pub struct Purchase {
    /// Where everything is kept.
    #[command(flatten)]
    pub place: Place,
    /// E-mail of the buyer.
    #[arg(long)]
    pub buyer: String,
    /// What was bought.
    #[arg(long, default_value = "meet")]
    pub product: String,
    /// How many licences.
    #[arg(long, default_value_t = 6000)]
    pub seats: i32,
    /// The shop's order number; unset = a new one.
    #[arg(long)]
    pub order: Option<String>,
    /// The settings of all services.
    #[command(flatten)]
    pub services: Services,
}

/// `roster backup`
#[derive(Clone, Debug, Args)]
pub struct Backup {
    /// Where everything is kept.
    #[command(flatten)]
    pub place: Place,
    /// The new folder; it must not exist.
    pub to: PathBuf,
}

/// `roster dev certificates`
#[derive(Clone, Debug, Args)]
pub struct Certificates {
    /// The new folder; it must not exist.
    pub to: PathBuf,
}
