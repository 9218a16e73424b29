//! Speed: ours beside the limit, measured in the same run on the same machine.
//!
//! `make bench` prints one line per figure. A line of [`lines::LINES`] starts what it needs, measures
//! ours and its limit in turns and gives figures; [`harness`] holds the parts that all lines use,
//! [`limits`] the programs that stand beside ours.

mod cli;
mod growth;
mod harness;
mod limits;
mod lines;
mod peers;
mod picture;
mod report;
mod table;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Run(settings) => report::run(settings).await,
        Command::Growth(settings) => growth::run(settings).await,
        Command::Peers(settings) => peers::run(settings).await,
        Command::Services(settings) => limits::services::run(settings).await,
        Command::Upstream => limits::upstream::run().await,
        Command::Transcoder => limits::upstream::in_process().await,
    }
}
