//! What a program with a database of its own can be told.

use clap::{Args, Subcommand};

use super::{Database, Log, Migrate, Settings};

/// The whole command line of a service that has no commands of its own; `C` is what it asks for besides.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Service<C: Args> {
    /// Logging.
    #[command(flatten)]
    pub log: Log,
    /// What it is told to do.
    #[command(subcommand)]
    pub command: Command<C>,
}

/// What every service can be told to do.
#[derive(Debug, Subcommand)]
pub enum Command<C: Args> {
    /// Serves until SIGTERM, then drains.
    Serve(Box<Serve<C>>),
    /// Brings the tables up to date, once, under a lock.
    Migrate(Migrate),
}

/// How a service is served.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Serve<C: Args> {
    /// Ports, keys, certificates, peers.
    #[command(flatten)]
    pub node: Settings,
    /// Its rows.
    #[command(flatten)]
    pub database: Database,
    /// What it asks for besides.
    #[command(flatten)]
    pub config: C,
}
