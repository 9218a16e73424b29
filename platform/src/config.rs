//! Settings: each declared once, from four sources, with errors that name the source.
//!
//! A service declares its settings as `clap::Args`; the long flag names a setting everywhere:
//! `--notify-smtp-host`, `ROSTER_NOTIFY_SMTP_HOST` (or `…_FILE`, a file that holds the value), and in
//! the TOML file `smtp-host` under `[notify]`. The first of flag, environment, file, default wins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command, Parser};

mod file;
mod layered;
mod secret;
mod table;

use layered::Layered;
pub use secret::Secret;
pub use table::table;

/// The flag (and `ROSTER_CONFIG`) that names the settings file.
const FILE_FLAG: &str = "--config";
const FILE_VARIABLE: &str = "ROSTER_CONFIG";

/// The environment of the process, or of a test.
pub type Environment = BTreeMap<String, String>;

/// Why the settings are no good.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What clap says: a bad flag, or the help that was asked for. `exit()` prints it.
    #[error(transparent)]
    Command(#[from] clap::Error),
    /// A value from the environment or the file is bad.
    #[error("{origin}: {problem}")]
    Value {
        /// Where the value comes from.
        origin: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The settings file is not TOML.
    #[error("{path}: {source}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
}

/// The environment of this process; values that are not UTF-8 are left out.
#[must_use]
pub fn environment() -> Environment {
    let pairs = std::env::vars_os();
    pairs.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// Reads the command line `arguments` (the program's name first) with the other sources beneath it.
///
/// # Errors
/// [`Error`] names the source of a bad value.
pub fn parse<C: Parser>(arguments: &[OsString], environment: &Environment) -> Result<C, Error> {
    let file = named_file(arguments, environment).map(|path| file::read(&path)).transpose()?;
    let layered = Layered::over(C::command(), environment, file.unwrap_or_default())?;
    let matches = layered.command.clone().try_get_matches_from(arguments);
    let matches = matches.map_err(|error| blame(error, &layered))?;
    C::from_arg_matches(&matches).map_err(|error| blame(error, &layered))
}

/// All settings at their defaults, for tests.
///
/// # Panics
/// When a setting has neither a default nor is optional: a mistake in its declaration.
#[must_use]
pub fn defaults<C: Args>() -> C {
    let matches = C::augment_args(Command::new("defaults")).try_get_matches_from(["defaults"]);
    #[expect(clippy::panic, reason = "a mistake in the declaration, found by the first test that runs")]
    matches.and_then(|matches| C::from_arg_matches(&matches)).unwrap_or_else(|error| panic!("{error}"))
}

/// Parses `250ms`, `90s`, `15m`, `24h`, `30d`; a `value_parser`.
///
/// # Errors
/// What a good value looks like.
pub fn duration(text: &str) -> Result<Duration, String> {
    const WANTED: &str = "a duration is a whole number and a unit: 250ms, 90s, 15m, 24h, 30d";
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (amount, unit) = text.split_at(digits);
    let amount: u64 = amount.parse().map_err(|_| WANTED.to_owned())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(WANTED.to_owned()),
    };
    amount.checked_mul(millis).map(Duration::from_millis).ok_or_else(|| WANTED.to_owned())
}

/// The settings file that flag or environment name; known before the rest is read.
fn named_file(arguments: &[OsString], environment: &Environment) -> Option<PathBuf> {
    let mut texts = arguments.iter().map(|argument| argument.to_string_lossy());
    while let Some(text) = texts.next() {
        if text == FILE_FLAG {
            return texts.next().map(|path| PathBuf::from(path.as_ref()));
        }
        if let Some(path) = text.strip_prefix(FILE_FLAG).and_then(|rest| rest.strip_prefix('=')) {
            return Some(PathBuf::from(path));
        }
    }
    environment.get(FILE_VARIABLE).map(PathBuf::from)
}

/// Clap knows flags only; a bad value from elsewhere is blamed on where it came from.
fn blame(error: clap::Error, layered: &Layered) -> Error {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return Error::Command(error);
    }
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return Error::Command(error);
    };
    let Some(source) = layered.source_of(argument, error.get(ContextKind::InvalidValue)) else {
        return Error::Command(error);
    };
    Error::Value { origin: source.origin.clone(), problem: problem(&error) }
}

fn problem(error: &clap::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let cause = cause.unwrap_or_else(|| "this value is not allowed".to_owned());
    match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => format!("{value:?}: {cause}"),
        _ => cause,
    }
}
