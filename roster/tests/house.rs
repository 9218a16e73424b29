//! The house rules, asserted over the source tree, so that the house cannot quietly change.
//!
//! A rule is a function from the root of a tree to the offences found in it. Each is a test twice:
//! here over this repository, and in `house/bad_trees.rs` over a small tree that breaks it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "house/arrows.rs"]
mod arrows;
#[path = "house/bad_trees.rs"]
mod bad_trees;
#[path = "house/contract.rs"]
mod contract;
#[path = "house/floors.rs"]
mod floors;
#[path = "house/rooms.rs"]
mod rooms;
#[path = "house/sizes.rs"]
mod sizes;
#[path = "house/source.rs"]
mod source;
#[path = "house/tree.rs"]
mod tree;
#[path = "house/words.rs"]
mod words;

use std::path::{Path, PathBuf};

/// The four services that remember, each with the same rooms.
const SERVICES: [&str; 4] = ["identity-svc", "license-svc", "import-svc", "notify-svc"];

/// What a rule found wrong, one line each: where, and what.
type Offences = Vec<String>;

fn this_repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Fails with every offence and with the way to mend them.
#[track_caller]
fn obeyed(offences: Offences, mend: &str) {
    assert!(offences.is_empty(), "\n  {}\nHow to mend: {mend}\n", offences.join("\n  "));
}

#[test]
fn the_street_has_its_houses_and_no_others() {
    obeyed(
        rooms::street(&this_repository()),
        "the map in ARCHITECTURE.md names what the repository's root holds. Move the new thing into one of \
         those folders, or write an ADR and add it to STREET in roster/tests/house/rooms.rs.",
    );
}

#[test]
fn every_migration_is_run() {
    obeyed(
        rooms::unrun_migrations(&this_repository()),
        "name the file, without its ending, as the last of MIGRATIONS in the service's src/lib.rs.",
    );
}

#[test]
fn every_service_has_the_same_rooms() {
    obeyed(
        rooms::services(&this_repository()),
        "a service has README.md, migrations/, src/{api,app,config,domain,jobs,lib,store}.rs and tests/, and \
         nothing else beside them: put the code into the room whose word fits.",
    );
}

#[test]
fn the_gateway_has_its_rooms_and_remembers_nothing() {
    obeyed(
        rooms::gateway(&this_repository()),
        "the gateway has api/, app/, console/, openapi/ and transcode/, and neither domain/ nor store/ nor \
         migrations/: a decision or a memory belongs to one of the services.",
    );
}

#[test]
fn every_service_says_what_it_owns() {
    obeyed(
        rooms::readmes(&this_repository()),
        "the README.md of a service tells on one page what it owns, which calls it makes, its tables and its \
         settings.",
    );
}

#[test]
fn both_databases_have_the_same_migrations() {
    obeyed(
        rooms::migrations(&this_repository()),
        "write the migration for the other database too, under the same file name.",
    );
}

#[test]
fn platform_stays_small() {
    obeyed(
        rooms::platform(&this_repository()),
        "a thing enters platform only if three services need it and it names no noun of the business; \
         otherwise keep it in the service that needs it. A new module needs an ADR and a line in PLATFORM.",
    );
}

#[test]
fn no_file_is_called_mod_rs() {
    obeyed(
        rooms::mod_files(&this_repository()),
        "name the file after its module: x.rs beside the folder x/.",
    );
}

#[test]
fn no_file_is_longer_than_300_lines() {
    obeyed(
        sizes::files(&this_repository()),
        "make a folder of the same name with one file per verb or table; the file becomes a table of contents.",
    );
}

#[test]
fn no_function_is_longer_than_60_lines() {
    obeyed(
        sizes::functions(&this_repository()),
        "name the steps and make each a function; aim at ten lines.",
    );
}

#[test]
fn dependencies_follow_the_arrows() {
    obeyed(
        arrows::dependencies(&this_repository()),
        "proto depends on nobody, platform on proto (ADR 2), a service and the gateway on both, roster on all. \
         Services meet in proto: speak to another one through its generated client on a Peer.",
    );
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    obeyed(
        arrows::lints(&this_repository()),
        "add `[lints]` with `workspace = true` to the crate's Cargo.toml.",
    );
}

#[test]
fn the_domain_is_pure() {
    obeyed(
        floors::domain(&this_repository()),
        "domain/ holds facts and rules: no async, no input or output, no tonic, no sqlx, no clock. Take the \
         time and the rows as arguments, and let app/ fetch them.",
    );
}

#[test]
fn nothing_points_up() {
    obeyed(
        floors::upwards(&this_repository()),
        "a call walks api -> app -> domain -> store. Move what is named down to the lower room, or pass it in.",
    );
}

#[test]
fn sql_lives_in_the_store() {
    obeyed(
        floors::sql(&this_repository()),
        "write the query as a function of the table's file in store/ and call that.",
    );
}

#[test]
fn the_transcoder_knows_no_roster_message() {
    obeyed(
        floors::transcode(&this_repository()),
        "transcode/ is driven by descriptors alone, so that it works for any contract. Give it what it needs \
         to know as an argument from app/ or lib.rs.",
    );
}

#[test]
fn nothing_is_called_common() {
    obeyed(
        words::vague_names(&this_repository()),
        "name the thing after what it is about; a drawer called common, core, shared, types, helpers or utils \
         attracts whatever has no place.",
    );
}

#[test]
fn exceptions_are_expected_with_a_reason() {
    obeyed(
        words::allowances(&this_repository()),
        "write #[expect(lint, reason = \"why\")]: it tells why, and complains when it is no longer needed.",
    );
}

#[test]
fn nothing_is_left_to_do() {
    obeyed(
        words::stubs(&this_repository()),
        "build it or leave it out: an absent RPC is honest, a stub is not.",
    );
}

#[test]
fn no_file_knows_a_registry_or_a_machine() {
    obeyed(
        words::places(&this_repository()),
        "a registry is reached through its ordinary client under its default name, and a path is relative to \
         the repository, a temporary folder or a setting.",
    );
}

#[test]
fn every_reason_of_a_refusal_is_told_to_partners() {
    obeyed(
        contract::untold_reasons(&this_repository()),
        "name it in the table of docs/partners.md, with what a program should do.",
    );
}

#[test]
fn every_rpc_says_for_whom_it_is() {
    obeyed(
        contract::audiences(&contract::compiled()),
        "give the method `option (roster.audience) = PUBLIC;` or INTERNAL. An INTERNAL method has no \
         google.api.http rule, a PUBLIC one has.",
    );
}
