//! From the command line to the exit code.

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser};

use crate::config;
use crate::telemetry::{self, Export, Format};

/// How long threads that block may hold up the end.
const EXIT: Duration = Duration::from_secs(1);

/// Logging, for all commands of a program.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Log {
    /// How log lines look.
    #[arg(id = "log-format", long = "log-format", value_enum, default_value = "text", global = true)]
    pub format: Format,
    /// What is logged, as tracing-subscriber has it: "info,platform=debug".
    #[arg(id = "log-filter", long = "log-filter", default_value = "warn", global = true)]
    pub filter: String,
    /// Where telemetry goes.
    #[command(flatten)]
    pub export: Export,
    /// A TOML file with settings.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// Reads the command line `C` (with environment and file beneath it), starts the log that it asks for,
/// and runs `work` to its end. A failure is one line on standard error.
pub fn run<C, F>(log: fn(&C) -> &Log, work: fn(C) -> F) -> ExitCode
where
    C: Parser,
    F: Future<Output = anyhow::Result<()>>,
{
    // The allocator asks for huge pages, and a heap rounded up to them is four times as large at rest (91 and
    // 20 MB) and no faster. A kernel that has none says so.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let arguments: Vec<_> = std::env::args_os().collect();
    let cli: C = match config::parse(&arguments, &config::environment()) {
        Ok(cli) => cli,
        Err(config::Error::Command(help)) => help.exit(),
        Err(error) => return failed::<C>(&error.into()),
    };
    match start(log(&cli).clone(), cli, work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed::<C>(&error),
    }
}

fn start<C, F>(log: Log, cli: C, work: fn(C) -> F) -> anyhow::Result<()>
where
    C: Parser,
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        let telemetry = telemetry::start(log.format, &log.filter, &log.export, C::command().get_name())?;
        let done = work(cli).await;
        telemetry.stop().await;
        done
    });
    // A runtime that is dropped waits for its blocking threads without end: a look-up of a name that
    // nobody answers, an exporter whose collector hangs.
    runtime.shutdown_timeout(EXIT);
    done
}

/// What a service refused with, for a person at a terminal.
#[must_use]
pub fn said(status: &tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("{}", status.message())
}

fn failed<C: Parser>(error: &anyhow::Error) -> ExitCode {
    eprintln!("{}: {error:#}", C::command().get_name());
    ExitCode::FAILURE
}
