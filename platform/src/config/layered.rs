//! Environment and file beneath the command line, as defaults of the arguments.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::error::ContextValue;
use clap::{Arg, Command};

use super::{Environment, Error};

/// A command whose defaults come from environment and file where these say something.
pub(super) struct Layered {
    pub(super) command: Command,
    /// By long flag.
    sources: BTreeMap<String, Source>,
}

/// Where a value beneath the command line comes from.
pub(super) struct Source {
    pub(super) origin: String,
    value: String,
}

/// The values of the settings file by long flag, and its path.
#[derive(Default)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) values: BTreeMap<String, String>,
}

impl Layered {
    pub(super) fn over(command: Command, environment: &Environment, file: File) -> Result<Self, Error> {
        let mut sources = BTreeMap::new();
        for flag in flags(&command) {
            if let Some(source) = find(&flag, environment, &file)? {
                sources.insert(flag, source);
            }
        }
        let unknown = file.values.keys().find(|key| !sources.contains_key(*key) && !knows(&command, key));
        if let Some(key) = unknown {
            let origin = format!("{} of {}", key, file.path.display());
            return Err(Error::Value { origin, problem: "there is no such setting".to_owned() });
        }
        Ok(Self { command: apply(command, &sources), sources })
    }

    /// The source of a bad value, when it is not the command line. `argument` is as clap prints it:
    /// `--flag <VALUE>`.
    pub(super) fn source_of(&self, argument: &str, value: Option<&ContextValue>) -> Option<&Source> {
        let flag = argument.strip_prefix("--")?.split([' ', '=', '[']).next()?;
        let source = self.sources.get(flag)?;
        let from_here = matches!(value, Some(ContextValue::String(value)) if *value == source.value);
        from_here.then_some(source)
    }
}

/// `notify-smtp-host` is `ROSTER_NOTIFY_SMTP_HOST` in the environment.
pub(super) fn variable(flag: &str) -> String {
    format!("ROSTER_{}", flag.to_uppercase().replace('-', "_"))
}

fn find(flag: &str, environment: &Environment, file: &File) -> Result<Option<Source>, Error> {
    let name = variable(flag);
    let file_name = format!("{name}_FILE");
    let source = |origin, value: String| Some(Source { origin, value });
    match (environment.get(&name), environment.get(&file_name)) {
        (Some(_), Some(_)) => {
            let problem = format!("{file_name} is set too; one of them must go");
            Err(Error::Value { origin: name, problem })
        }
        (Some(value), None) => Ok(source(name, value.clone())),
        (None, Some(path)) => {
            let failed = |source| Error::File { path: path.into(), source };
            let value = std::fs::read_to_string(path).map_err(failed)?;
            Ok(source(format!("{path} ({file_name})"), value.trim_end().to_owned()))
        }
        (None, None) => {
            let origin = || format!("{flag} of {}", file.path.display());
            Ok(file.values.get(flag).and_then(|value| source(origin(), value.clone())))
        }
    }
}

fn flags(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(Arg::get_long).map(str::to_owned);
    let nested = command.get_subcommands().flat_map(flags);
    own.chain(nested).filter(|flag| !matches!(flag.as_str(), "help" | "version" | "config")).collect()
}

fn knows(command: &Command, flag: &str) -> bool {
    flags(command).iter().any(|known| known == flag)
}

fn apply(command: Command, sources: &BTreeMap<String, Source>) -> Command {
    let command = command.mut_args(|argument| {
        let Some(source) = argument.get_long().and_then(|long| sources.get(long)) else { return argument };
        // The help would print the value, which may be a secret.
        let hide = argument.get_action().takes_values();
        argument.default_value(source.value.clone()).hide_default_value(hide).required(false)
    });
    command.mut_subcommands(|nested| apply(nested, sources))
}
