//! Which folders and files there are, and what they may be called.

use std::fs;
use std::path::Path;

use crate::tree;
use crate::{Offences, SERVICES};

/// What the repository's root must hold.
const STREET: [&str; 17] = [
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "Cargo.lock",
    "Cargo.toml",
    "Makefile",
    "README.md",
    "clients",
    "docs",
    "gateway",
    "identity-svc",
    "import-svc",
    "license-svc",
    "notify-svc",
    "platform",
    "proto",
    "roster",
];

/// What it may hold besides: tools and their settings, and houses that are not built yet.
const STREET_MAY: [&str; 11] = [
    ".cargo",
    ".config",
    ".gitattributes",
    "Containerfile",
    "LICENSE",
    "bench",
    "clippy.toml",
    "deny.toml",
    "k8s",
    "rustfmt.toml",
    "tools",
];

/// Modules of platform; each has a reason in ARCHITECTURE.md or in an ADR.
const PLATFORM: [&str; 17] = [
    "caller",
    "clock",
    "config",
    "db",
    "inbox",
    "keys",
    "lease",
    "lib",
    "node",
    "once",
    "outbox",
    "peer",
    "serve",
    "telemetry",
    "tenant",
    "testing",
    "tls",
];

/// Lines of code, comments and blank lines not counted (docs/adr/0004).
pub const PLATFORM_LINES: usize = 8_700;

const SERVICE_ROOMS: [&str; 7] =
    ["api.rs", "app.rs", "config.rs", "domain.rs", "jobs.rs", "lib.rs", "store.rs"];
const SERVICE_FOLDERS: [&str; 6] = ["api", "app", "domain", "jobs", "main.rs", "store"];
const GATEWAY_ROOMS: [&str; 6] = ["api.rs", "app.rs", "config.rs", "console.rs", "lib.rs", "transcode.rs"];
const GATEWAY_FOLDERS: [&str; 7] = ["api", "app", "console", "main.rs", "openapi", "openapi.rs", "transcode"];

/// The root of the repository.
pub fn street(root: &Path) -> Offences {
    folder(root, "", &STREET, &STREET_MAY)
}

/// The rooms of each service that remembers.
pub fn services(root: &Path) -> Offences {
    let mut offences = Vec::new();
    for service in SERVICES {
        let around = ["Cargo.toml", "README.md", "migrations", "src", "tests"];
        offences.extend(folder(root, service, &around, &["build.rs", "templates"]));
        offences.extend(folder(root, &format!("{service}/src"), &SERVICE_ROOMS, &SERVICE_FOLDERS));
        offences.extend(folder(root, &format!("{service}/migrations"), &["postgres", "sqlite"], &[]));
    }
    offences
}

/// A migration that no `MIGRATIONS` names: nobody would run it.
pub fn unrun_migrations(root: &Path) -> Offences {
    let mut offences = Vec::new();
    for service in SERVICES {
        let listed = fs::read_to_string(root.join(service).join("src/lib.rs")).unwrap_or_default();
        let steps = tree::names(root, &format!("{service}/migrations/postgres")).into_iter();
        let names = steps.filter_map(|step| step.strip_suffix(".sql").map(str::to_owned));
        let unlisted = names.filter(|name| !listed.contains(&format!("\"{name}\"")));
        offences.extend(unlisted.map(|name| format!("{service}/src/lib.rs: {name} is not in MIGRATIONS")));
    }
    offences
}

/// The rooms of the gateway.
pub fn gateway(root: &Path) -> Offences {
    let around = ["Cargo.toml", "README.md", "src", "tests"];
    let mut offences = folder(root, "gateway", &around, &["assets", "build.rs", "askama.toml", "templates"]);
    offences.extend(folder(root, "gateway/src", &GATEWAY_ROOMS, &GATEWAY_FOLDERS));
    offences
}

/// A service's README without one of its four parts.
pub fn readmes(root: &Path) -> Offences {
    let mut offences = Vec::new();
    for file in tree::files(root) {
        let Some(service) = file.path.strip_suffix("/README.md").filter(|house| SERVICES.contains(house))
        else {
            continue;
        };
        let page = file.text().to_lowercase();
        let missing = ["owns", "calls", "table", "settings"].into_iter().filter(|part| !page.contains(part));
        offences.extend(missing.map(|part| format!("{service}/README.md: nothing about {part}")));
    }
    offences
}

/// Migrations that only one of the two databases has.
pub fn migrations(root: &Path) -> Offences {
    let mut offences = Vec::new();
    for house in SERVICES.into_iter().chain(["platform"]) {
        let postgres = tree::names(root, &format!("{house}/migrations/postgres"));
        let sqlite = tree::names(root, &format!("{house}/migrations/sqlite"));
        let only = |one: &[String], other: &[String], database: &str| -> Offences {
            let alone = one.iter().filter(|name| !other.contains(name));
            alone.map(|name| format!("{house}/migrations/{database}/{name}: only there")).collect()
        };
        offences.extend(only(&postgres, &sqlite, "postgres"));
        offences.extend(only(&sqlite, &postgres, "sqlite"));
    }
    offences
}

/// New modules of platform, and more lines than it may have.
pub fn platform(root: &Path) -> Offences {
    let names = tree::names(root, "platform/src");
    let unknown = names.iter().filter(|name| !PLATFORM.contains(&name.trim_end_matches(".rs")));
    let mut offences: Offences =
        unknown.map(|name| format!("platform/src/{name}: not in the list")).collect();
    let shipped = tree::rust(root).into_iter().filter(|file| file.path.starts_with("platform/src/"));
    let lines: usize = shipped.map(|file| code_lines(file.text())).sum();
    if lines > PLATFORM_LINES {
        offences.push(format!("platform/src: {lines} lines of code, {PLATFORM_LINES} are allowed"));
    }
    offences
}

fn code_lines(text: &str) -> usize {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// Modules in a file called mod.rs.
pub fn mod_files(root: &Path) -> Offences {
    tree::rust(root).into_iter().map(|file| file.path).filter(|path| path.ends_with("/mod.rs")).collect()
}

/// What a folder lacks, and what it may not hold.
fn folder(root: &Path, folder: &str, must: &[&str], may: &[&str]) -> Offences {
    let names = tree::names(root, folder);
    let missing = must.iter().filter(|name| !names.iter().any(|found| found == *name));
    let mut offences: Offences = missing.map(|name| format!("{folder}/{name}: missing")).collect();
    let unknown = names.iter().filter(|name| !must.contains(&name.as_str()) && !may.contains(&name.as_str()));
    offences.extend(unknown.map(|name| format!("{folder}/{name}: not expected here")));
    offences
}
