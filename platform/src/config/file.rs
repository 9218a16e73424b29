//! The settings file.

use std::collections::BTreeMap;
use std::path::Path;

use super::Error;
use super::layered::File;

/// Reads TOML; tables and keys are joined by dashes into the long flag, so that `smtp_host` or
/// `smtp-host` under `[notify]` is `notify-smtp-host`.
pub(super) fn read(path: &Path) -> Result<File, Error> {
    let text =
        std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let malformed = |source| Error::Toml { path: path.to_owned(), source: Box::new(source) };
    let table: toml::Table = text.parse().map_err(malformed)?;
    let mut values = BTreeMap::new();
    flatten("", &table, &mut values);
    Ok(File { path: path.to_owned(), values })
}

fn flatten(prefix: &str, table: &toml::Table, values: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let flag = format!("{prefix}{}", key.replace('_', "-"));
        match value {
            toml::Value::Table(inner) => flatten(&format!("{flag}-"), inner, values),
            toml::Value::String(text) => drop(values.insert(flag, text.clone())),
            other => drop(values.insert(flag, other.to_string())),
        }
    }
}
