//! A call walks downstairs: what each room may name.

use std::path::Path;

use proc_macro2::{Delimiter, TokenTree};

use crate::source::{Found, Source, inside, is_sign, is_word, line_of};
use crate::tree::{self, File};
use crate::{Offences, SERVICES};

/// Each room and the rooms above it.
const ABOVE: [(&str, &[&str]); 5] = [
    ("domain", &["api", "app", "jobs", "store"]),
    ("store", &["api", "app", "jobs"]),
    ("app", &["api", "console"]),
    ("jobs", &["api", "console"]),
    ("transcode", &["api", "app", "console", "openapi"]),
];

/// What facts and rules never need.
const IMPURE: [&str; 17] = [
    "tonic",
    "sqlx",
    "tokio",
    "hyper",
    "axum",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "platform::clock",
    "platform::db",
    "platform::peer",
    "platform::serve",
    "Utc::now",
];

/// Input, output, time and waiting in domain/.
pub fn domain(root: &Path) -> Offences {
    in_files(
        root,
        |file| room(&file.path) == Some("domain"),
        |_, source| {
            let mut found: Vec<Found> = source.paths();
            found.retain(|path| IMPURE.iter().any(|impure| starts_with(&path.what, impure)));
            source.each_token(|rest| {
                let waits = ["async", "await"].into_iter().find(|word| is_word(rest.first(), word));
                found.extend(waits.map(|word| Found { line: line_of(&rest[0]), what: word.to_owned() }));
            });
            found
        },
    )
}

/// A lower room that names an upper one.
pub fn upwards(root: &Path) -> Offences {
    in_files(
        root,
        |file| room(&file.path).is_some(),
        |file, source| {
            let above =
                ABOVE.iter().find(|(name, _)| Some(*name) == room(&file.path)).map_or(&[][..], |row| row.1);
            let mut found = source.paths();
            found.retain(|path| {
                let absolute = absolute(&file.path, &path.what);
                above.iter().any(|upper| starts_with(&absolute, &format!("crate::{upper}")))
            });
            found
        },
    )
}

/// Queries outside store/ and platform.
pub fn sql(root: &Path) -> Offences {
    let outside = |file: &File| !file.path.starts_with("platform/") && room(&file.path) != Some("store");
    in_files(root, outside, |_, source| {
        let mut found = source.strings();
        found.retain(|text| is_sql(&text.what));
        source.each_token(|rest| {
            if is_query(rest) {
                found.push(Found { line: line_of(&rest[0]), what: ".query(…)".to_owned() });
            }
        });
        found
    })
}

/// The contract's messages named in the gateway's transcoder.
pub fn transcode(root: &Path) -> Offences {
    let in_transcode =
        |file: &File| file.path.starts_with("gateway/") && room(&file.path) == Some("transcode");
    in_files(root, in_transcode, |_, source| {
        let mut found = source.paths();
        found.retain(|path| starts_with(&path.what, "proto") && path.what != "proto");
        found
    })
}

/// Runs `look` over the shipped Rust files that `wanted` chooses.
fn in_files(
    root: &Path,
    wanted: impl Fn(&File) -> bool,
    look: impl Fn(&File, &Source) -> Vec<Found>,
) -> Offences {
    let mut offences = Vec::new();
    for file in tree::rust(root).iter().filter(|file| !file.is_test() && wanted(file)) {
        let found = look(file, &Source::parse(file));
        offences.extend(found.iter().map(|found| format!("{}:{}: {}", file.path, found.line, found.what)));
    }
    offences.dedup();
    offences
}

/// The room of a file of a service or of the gateway: `identity-svc/src/store/users.rs` is in `store`.
fn room(path: &str) -> Option<&str> {
    let (house, inside) = path.split_once("/src/")?;
    if house != "gateway" && !SERVICES.contains(&house) {
        return None;
    }
    inside.split('/').next().map(|first| first.trim_end_matches(".rs"))
}

/// Turns `super::x` into `crate::…::x`; `path` is the file's, `what` the path named in it.
fn absolute(path: &str, what: &str) -> String {
    let inside = path.split_once("/src/").map_or("", |(_, inside)| inside).trim_end_matches(".rs");
    let mut module: Vec<&str> = inside.split('/').filter(|part| *part != "lib" && *part != "main").collect();
    let mut rest = what.trim_start_matches("self::");
    while let Some(upper) = rest.strip_prefix("super::") {
        module.pop();
        rest = upper;
    }
    if rest == what {
        return what.to_owned();
    }
    module.insert(0, "crate");
    format!("{}::{rest}", module.join("::"))
}

fn starts_with(path: &str, prefix: &str) -> bool {
    path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
}

/// `.query("…")` and `.query(Sql { … })`; `uri.query()` and other arguments are something else.
fn is_query(rest: &[TokenTree]) -> bool {
    let [dot, name, arguments, ..] = rest else { return false };
    let Some(arguments) = inside(Some(arguments), Delimiter::Parenthesis) else { return false };
    let first = arguments.into_iter().next();
    let is_text = matches!(first, Some(TokenTree::Literal(_))) || is_word(first.as_ref(), "Sql");
    is_sign(Some(dot), '.') && is_word(Some(name), "query") && is_text
}

fn is_sql(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let begins = |verb: &str| text.starts_with(verb);
    let opens =
        ["INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA ", "VACUUM INTO "].into_iter().any(begins);
    let reads = (begins("SELECT ") || begins("WITH ")) && text.contains(" FROM ");
    opens || reads || (begins("UPDATE ") && text.contains(" SET "))
}
