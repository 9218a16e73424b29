//! Names of schemas: short where that is clear, full where two packages use one name.

use std::collections::{BTreeMap, BTreeSet};

/// The schema names of one document.
pub struct Names(BTreeSet<String>);

impl Names {
    /// Looks for names that two packages use.
    pub fn of<'n>(full_names: impl Iterator<Item = (&'n str, &'n str)>) -> Self {
        let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (package, full_name) in full_names {
            packages.entry(short(package, full_name).to_owned()).or_default().insert(package.to_owned());
        }
        let ambiguous = packages.into_iter().filter(|(_, packages)| packages.len() > 1);
        Self(ambiguous.map(|(name, _)| name).collect())
    }

    /// The name of a message or enum.
    pub fn name<'n>(&self, package: &str, full_name: &'n str) -> &'n str {
        let name = short(package, full_name);
        if self.0.contains(name) { full_name } else { name }
    }
}

fn short<'n>(package: &str, full_name: &'n str) -> &'n str {
    full_name.strip_prefix(package).map_or(full_name, |rest| rest.trim_start_matches('.'))
}
