//! `roster settings`: the page docs/settings.md.

use clap::{Args, Command, CommandFactory};
use gateway::PublicTls;
use platform::config;
use platform::node::{Database, Settings, SiteSettings};

use crate::cli::Cli;

const NODES: &str = "\n## The five programs\n\nWhat `identity-svc`, `license-svc`, `import-svc`, `notify-svc` and \
`gateway` can be told besides their own settings above, which keep their names. The gateway has no database; the \
site is for notify-svc and the gateway.\n\n";

/// All settings of the one process, then those that only the five programs have.
pub fn page() -> String {
    let nodes = Database::augment_args(Settings::augment_args(Command::new("node")));
    let nodes = PublicTls::augment_args(SiteSettings::augment_args(nodes));
    format!("{}{NODES}{}", config::table(&Cli::command()), config::table(&nodes))
}
