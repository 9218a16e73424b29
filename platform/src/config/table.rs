//! All settings of a command as one markdown table, for docs/settings.md.

use std::fmt::Write;

use clap::{Arg, Command};

use super::layered::variable;

/// One row for each setting of `command` and its subcommands, sorted by flag, each once.
#[must_use]
pub fn table(command: &Command) -> String {
    let mut rows: Vec<String> = rows(command);
    rows.sort();
    rows.dedup();
    let mut text = String::from("| Flag | Environment | Default | What it is |\n|---|---|---|---|\n");
    rows.iter().for_each(|row| text.push_str(row));
    text
}

fn rows(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(row);
    own.chain(command.get_subcommands().flat_map(rows)).collect()
}

fn row(argument: &Arg) -> Option<String> {
    let flag = argument.get_long().filter(|flag| !matches!(*flag, "help" | "version"))?;
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let (variable, default) = (variable(flag), defaults.join(", "));
    let default = if default.is_empty() { "none".to_owned() } else { format!("`{default}`") };
    let mut row = String::new();
    // Writing into a String cannot fail.
    write!(row, "| `--{flag}` | `{variable}` | {default} | {} |", help.replace(['\n', '|'], " ")).ok()?;
    row.push('\n');
    Some(row)
}
