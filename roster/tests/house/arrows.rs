//! Who may depend on whom, read from the Cargo.toml files.

use std::path::Path;

use crate::tree::{self, File};
use crate::{Offences, SERVICES};

/// The crates that a crate of ours may depend on; `None` for a crate that nobody decided about.
fn may_depend_on(package: &str) -> Option<Vec<&'static str>> {
    let mut all = vec!["proto", "platform", "gateway"];
    all.extend(SERVICES);
    match package {
        "proto" => Some(vec![]),
        "platform" => Some(vec!["proto"]),
        "gateway" => Some(vec!["proto", "platform"]),
        "roster" => Some(all),
        "bench" => Some([all, vec!["roster"]].concat()),
        service if SERVICES.contains(&service) => Some(vec!["proto", "platform"]),
        _ => None,
    }
}

/// Dependencies against the arrows, those of tests and build scripts included. A crate may name itself.
pub fn dependencies(root: &Path) -> Offences {
    let manifests = manifests(root);
    let ours: Vec<&str> = manifests.iter().filter_map(|(_, manifest)| package_name(manifest)).collect();
    let mut offences = Vec::new();
    for (file, manifest) in &manifests {
        let Some(package) = package_name(manifest) else { continue };
        let Some(allowed) = may_depend_on(package) else {
            offences.push(format!("{}: nobody decided what {package} may depend on", file.path));
            continue;
        };
        let named = dependency_names(manifest);
        let wrong = named.iter().filter(|name| {
            let name = name.as_str();
            ours.contains(&name) && name != package && !allowed.contains(&name)
        });
        offences.extend(wrong.map(|name| format!("{}: {package} depends on {name}", file.path)));
    }
    offences
}

/// Crates without the lints of the workspace.
pub fn lints(root: &Path) -> Offences {
    let inherits = |manifest: &toml::Table| {
        manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool)
            == Some(true)
    };
    let members = manifests(root).into_iter().filter(|(_, manifest)| package_name(manifest).is_some());
    members.filter(|(_, manifest)| !inherits(manifest)).map(|(file, _)| file.path).collect()
}

fn manifests(root: &Path) -> Vec<(File, toml::Table)> {
    let files = tree::files(root).into_iter().filter(|file| file.path.ends_with("Cargo.toml"));
    files
        .map(|file| (toml::from_str(file.text()).unwrap(), file))
        .map(|(table, file)| (file, table))
        .collect()
}

fn package_name(manifest: &toml::Table) -> Option<&str> {
    manifest.get("package")?.get("name")?.as_str()
}

/// The names under every table of dependencies, at whatever depth (`target.….dependencies`).
fn dependency_names(manifest: &toml::Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if key.ends_with("dependencies") {
            names.extend(table.iter().map(real_name));
            continue;
        }
        names.extend(dependency_names(table));
    }
    names
}

/// A dependency may be renamed: `other = { package = "identity-svc" }`.
fn real_name((key, value): (&String, &toml::Value)) -> String {
    value.get("package").and_then(toml::Value::as_str).unwrap_or(key).to_owned()
}
