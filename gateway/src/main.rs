//! gateway: the door as a program of its own.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use gateway::{TranscodeConfig, alone};
use platform::config;
use platform::telemetry::{self, Format};

/// The only door to the world: HTTP/JSON, gRPC and the console.
#[derive(Debug, Parser)]
#[command(name = "gateway", version, about)]
struct Cli {
    /// How and what it logs.
    #[command(flatten)]
    log: Log,
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Args)]
struct Log {
    /// How log lines look.
    #[arg(id = "log-format", long = "log-format", value_enum, default_value = "text", global = true)]
    format: Format,
    /// What is logged, as tracing-subscriber has it: "info,platform=debug".
    #[arg(id = "log-filter", long = "log-filter", default_value = "warn", global = true)]
    filter: String,
    /// A TOML file with settings.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// HTTP/JSON in front of any gRPC server, from its descriptors alone.
    Transcode(Box<TranscodeConfig>),
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let cli: Cli = match config::parse(&arguments, &config::environment()) {
        Ok(cli) => cli,
        Err(config::Error::Command(help)) => help.exit(),
        Err(error) => return failed(&error.into()),
    };
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("gateway: {error:#}");
    ExitCode::FAILURE
}

#[tokio::main]
async fn start(cli: Cli) -> anyhow::Result<()> {
    telemetry::start(cli.log.format, &cli.log.filter)?;
    match cli.command {
        Command::Transcode(settings) => alone::serve(*settings).await,
    }
}
