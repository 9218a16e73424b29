//! roster: all five services in one process.
//!
//! Builds the house (`house`), opens the door (`serve`), and carries the
//! commands an operator runs beside it. Owns no rule and no table.

mod admin;
mod cli;
mod commands;
mod folder;
mod house;
mod serve;
mod storage;

use std::process::ExitCode;

use clap::CommandFactory;
use platform::{config, telemetry};

use cli::{Cli, Command};

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
    eprintln!("roster: {error:#}");
    ExitCode::FAILURE
}

#[tokio::main]
async fn start(cli: Cli) -> anyhow::Result<()> {
    telemetry::start(cli.log.format, &cli.log.filter)?;
    match cli.command {
        Command::Serve(settings) => serve::serve(*settings).await,
        Command::Bootstrap(settings) => commands::bootstrap::run(*settings).await,
        Command::Client(cli::Client::Create(settings)) => commands::client::run(*settings).await,
        Command::Dev(cli::Dev::Purchase(settings)) => commands::purchase::run(*settings).await,
        Command::Check(settings) => commands::check::run(settings).await,
        Command::Backup(settings) => commands::backup::run(settings).await,
        Command::Settings => {
            print!("{}", config::table(&Cli::command()));
            Ok(())
        }
    }
}
