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

use platform::node;

use cli::{Cli, Command};

fn main() -> ExitCode {
    node::run(|cli: &Cli| &cli.log, start)
}

async fn start(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(settings) => serve::serve(*settings).await,
        Command::Bootstrap(settings) => commands::bootstrap::run(*settings).await,
        Command::Client(cli::Client::Create(settings)) => commands::client::run(*settings).await,
        Command::Dev(cli::Dev::Purchase(settings)) => commands::purchase::run(*settings).await,
        Command::Dev(cli::Dev::Certificates(settings)) => commands::certificates::run(settings),
        Command::Check(settings) => commands::check::run(settings).await,
        Command::Backup(settings) => commands::backup::run(settings).await,
        Command::Settings => {
            print!("{}", commands::settings::page());
            Ok(())
        }
    }
}
