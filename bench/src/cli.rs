//! The command line. `tools/bench.sh` fills it in.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Ours beside the limit.
#[derive(Debug, Parser)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do. The last three are programs that the lines start beside themselves.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measures lines of the suite.
    Run(Run),
    /// Lists, searches, checks and imports among 10 k, 100 k and 1 M users.
    Growth(Growth),
    /// Ours beside other people's programs.
    Peers(Peers),
    /// identity-svc, license-svc and an empty service, each on a port of its own.
    Services(Services),
    /// A gRPC server that answers GetUser from memory.
    Upstream,
    /// The gateway's transcoder before the same answer, in one process.
    Transcoder,
}

/// Where things are.
#[derive(Clone, Debug, Args)]
pub struct Site {
    /// The program `roster`, built for release.
    #[arg(long)]
    pub roster: PathBuf,
    /// A PostgreSQL server that writes to disk at each commit; its user may create databases.
    #[arg(long)]
    pub postgres: String,
    /// The folder of the page that figures are written into.
    #[arg(long)]
    pub write: Option<PathBuf>,
}

/// `bench run`
#[derive(Clone, Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub site: Site,
    /// Envoy, for gateway_cpu.
    #[arg(long)]
    pub envoy: Option<PathBuf>,
    /// The program `gateway`, for gateway_cpu.
    #[arg(long)]
    pub gateway: Option<PathBuf>,
    /// Rounds of each side; the median counts.
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Which lines; none = all.
    pub lines: Vec<String>,
}

/// `bench growth`
#[derive(Clone, Debug, Args)]
pub struct Growth {
    #[command(flatten)]
    pub site: Site,
    /// How many users.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    pub sizes: Vec<usize>,
}

/// `bench peers`
#[derive(Clone, Debug, Args)]
pub struct Peers {
    #[command(flatten)]
    pub site: Site,
    /// The folder with the others' programs.
    #[arg(long)]
    pub folder: PathBuf,
    /// Python with the packages of bench/peers/django.
    #[arg(long)]
    pub python: PathBuf,
}

/// `bench services`
#[derive(Clone, Debug, Args)]
pub struct Services {
    /// The data folder of an installation that no server has open.
    #[arg(long)]
    pub data: PathBuf,
    /// Its databases, when they are on PostgreSQL.
    #[arg(long)]
    pub postgres: Option<String>,
    /// The key of whoever calls.
    #[arg(long)]
    pub key: String,
}
