//! Every rule refuses a small tree that breaks it: a rule that nothing can break guards nothing.

use std::fs;
use std::path::Path;

use prost_reflect::DescriptorPool;

use crate::{Offences, arrows, contract, floors, rooms, sizes, words};

/// Writes the files into a folder of their own and asks the rule about them.
fn ask(rule: fn(&Path) -> Offences, files: &[(&str, &str)]) -> Offences {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    rule(root.path())
}

#[track_caller]
fn refused(rule: fn(&Path) -> Offences, files: &[(&str, &str)], expected: &str) {
    let offences = ask(rule, files);
    assert!(
        offences.iter().any(|offence| offence.contains(expected)),
        "{expected:?} is not in {offences:#?}"
    );
}

#[track_caller]
fn accepted(rule: fn(&Path) -> Offences, files: &[(&str, &str)]) {
    assert_eq!(ask(rule, files), Offences::new());
}

#[test]
fn a_new_house_in_the_street_is_refused() {
    refused(rooms::street, &[("billing-svc/Cargo.toml", "")], "/billing-svc: not expected here");
    refused(rooms::street, &[("README.md", "")], "/Makefile: missing");
}

#[test]
fn an_unknown_room_is_refused() {
    let files = [("license-svc/src/manager.rs", ""), ("license-svc/src/lib.rs", "")];
    refused(rooms::services, &files, "license-svc/src/manager.rs: not expected here");
    refused(rooms::services, &files, "license-svc/src/store.rs: missing");
}

#[test]
fn a_migration_that_nobody_runs_is_refused() {
    let lib = ("import-svc/src/lib.rs", r#"db::migrations!["0001_imports"]"#);
    let second = ("import-svc/migrations/postgres/0002_blocks.sql", "");
    refused(
        rooms::unrun_migrations,
        &[lib, second],
        "import-svc/src/lib.rs: 0002_blocks is not in MIGRATIONS",
    );
    accepted(rooms::unrun_migrations, &[lib, ("import-svc/migrations/postgres/0001_imports.sql", "")]);
}

#[test]
fn a_gateway_that_remembers_is_refused() {
    refused(rooms::gateway, &[("gateway/src/store/users.rs", "")], "gateway/src/store: not expected here");
    refused(
        rooms::gateway,
        &[("gateway/migrations/sqlite/1.sql", "")],
        "gateway/migrations: not expected here",
    );
}

#[test]
fn a_service_that_hides_its_tables_is_refused() {
    let readme = "# identity-svc owns people\n## Calls\n## Settings\n";
    refused(rooms::readmes, &[("identity-svc/README.md", readme)], "nothing about table");
}

#[test]
fn a_migration_for_one_database_is_refused() {
    let files = [("import-svc/migrations/sqlite/0002_rows.sql", "")];
    refused(rooms::migrations, &files, "import-svc/migrations/sqlite/0002_rows.sql: only there");
}

#[test]
fn a_growing_platform_is_refused() {
    refused(rooms::platform, &[("platform/src/billing.rs", "")], "platform/src/billing.rs: not in the list");
    let lines = rooms::PLATFORM_LINES + 1;
    refused(rooms::platform, &[("platform/src/db.rs", &"mod m;\n".repeat(lines))], &format!("{lines} lines"));
}

#[test]
fn a_mod_rs_is_refused() {
    refused(rooms::mod_files, &[("proto/src/names/mod.rs", "")], "proto/src/names/mod.rs");
}

#[test]
fn a_long_file_is_refused() {
    refused(sizes::files, &[("proto/src/lib.rs", &"//\n".repeat(301))], "proto/src/lib.rs: 301 lines");
    accepted(sizes::files, &[("proto/src/lib.rs", &"//\n".repeat(300))]);
    accepted(sizes::files, &[("proto/tests/names.rs", &"//\n".repeat(301))]);
    let inner = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "//\n".repeat(301));
    accepted(sizes::files, &[("proto/src/lib.rs", &inner)]);
}

#[test]
fn a_long_function_is_refused() {
    let function = |lines: usize| format!("impl A {{\nfn long() {{\n{}}}\n}}\n", "//\n".repeat(lines - 2));
    refused(
        sizes::functions,
        &[("proto/src/lib.rs", &function(61))],
        "proto/src/lib.rs:2: long has 61 lines",
    );
    accepted(sizes::functions, &[("proto/src/lib.rs", &function(60))]);
}

#[test]
fn a_dependency_against_the_arrows_is_refused() {
    let identity = ("identity-svc/Cargo.toml", "package.name = \"identity-svc\"");
    let on_identity = "package.name = \"license-svc\"\n[dependencies]\nidentity-svc.workspace = true";
    refused(
        arrows::dependencies,
        &[identity, ("license-svc/Cargo.toml", on_identity)],
        "license-svc depends on identity-svc",
    );
    let renamed = "package.name = \"platform\"\n[target.'cfg(unix)'.dev-dependencies]\nx = { package = \"identity-svc\" }";
    refused(
        arrows::dependencies,
        &[identity, ("platform/Cargo.toml", renamed)],
        "platform depends on identity-svc",
    );
    refused(arrows::dependencies, &[("new/Cargo.toml", "package.name = \"new\"")], "nobody decided");
    let roster = "package.name = \"roster\"\n[dependencies]\nidentity-svc.workspace = true";
    accepted(arrows::dependencies, &[identity, ("roster/Cargo.toml", roster)]);
}

#[test]
fn a_crate_without_the_lints_is_refused() {
    refused(arrows::lints, &[("proto/Cargo.toml", "package.name = \"proto\"")], "proto/Cargo.toml");
    accepted(arrows::lints, &[("proto/Cargo.toml", "package.name = \"proto\"\nlints.workspace = true")]);
}

#[test]
fn an_impure_domain_is_refused() {
    let user = |text| [("identity-svc/src/domain/user.rs", text)];
    refused(floors::domain, &user("pub async fn load() {}"), "user.rs:1: async");
    refused(floors::domain, &user("use tonic::Status;"), "tonic::Status");
    refused(floors::domain, &user("use platform::{clock::Clock, tenant};"), "platform::clock::Clock");
    refused(floors::domain, &user("fn f() { std::fs::read(\"x\"); }"), "std::fs::read");
    refused(floors::domain, &user("use std::time::{Duration, Instant};"), "std::time::Instant");
    accepted(floors::domain, &user("use std::time::Duration; use proto::name::User; /// async\nfn f() {}"));
}

#[test]
fn a_room_that_points_up_is_refused() {
    let points = |path, text| [(path, text)];
    refused(
        floors::upwards,
        &points("import-svc/src/domain/row.rs", "use crate::store::rows;"),
        "crate::store",
    );
    refused(
        floors::upwards,
        &points("import-svc/src/domain/row.rs", "use super::super::app::accept;"),
        "super::app",
    );
    refused(
        floors::upwards,
        &points("import-svc/src/store/rows.rs", "use crate::{app, domain};"),
        "crate::app",
    );
    refused(floors::upwards, &points("import-svc/src/app.rs", "fn f() { crate::api::rows() }"), "crate::api");
    refused(
        floors::upwards,
        &points("gateway/src/transcode/body.rs", "use crate::console::page;"),
        "crate::console",
    );
    accepted(
        floors::upwards,
        &points("import-svc/src/app/accept.rs", "use crate::{domain::row, store::rows};"),
    );
    accepted(floors::upwards, &points("import-svc/src/store/rows.rs", "use super::super::domain::row;"));
}

#[test]
fn sql_outside_the_store_is_refused() {
    let app = |text| [("notify-svc/src/app/send.rs", text)];
    refused(floors::sql, &app("fn f() { tx.query(\"COMMIT\"); }"), ".query(…)");
    refused(floors::sql, &app("fn f() { tx.query(Sql { postgres: \"\", sqlite: \"\" }); }"), ".query(…)");
    refused(floors::sql, &app("const ALL: &str = \"SELECT id\n FROM users\";"), "SELECT id");
    accepted(
        floors::sql,
        &app("fn f() { uri.query(); form.query(field); } const S: &str = \"SELECT a seat\";"),
    );
    accepted(
        floors::sql,
        &[("notify-svc/src/store/messages.rs", "fn f() { tx.query(\"DELETE FROM messages\"); }")],
    );
}

#[test]
fn a_transcoder_that_knows_roster_is_refused() {
    let body = |text| [("gateway/src/transcode/body.rs", text)];
    refused(floors::transcode, &body("use proto::identity::v1::User;"), "proto::identity::v1::User");
    accepted(floors::transcode, &body("use prost_reflect::DescriptorPool;"));
}

#[test]
fn vague_names_are_refused() {
    refused(words::vague_names, &[("proto/src/common.rs", "")], "proto/src/common.rs: common");
    refused(words::vague_names, &[("shared/src/lib.rs", "")], "shared/src/lib.rs: shared");
    refused(words::vague_names, &[("proto/src/lib.rs", "mod a { mod utils {} }")], "mod utils");
    accepted(words::vague_names, &[("proto/src/lib.rs", "use core::fmt; mod commons {}")]);
}

#[test]
fn silent_exceptions_are_refused() {
    fn lib(text: &str) -> [(&str, &str); 1] {
        [("proto/src/lib.rs", text)]
    }
    let allow = |inside: &str| format!("#[{inside}]\nfn f() {{}}");
    refused(words::allowances, &lib(&allow("allow(dead_code)")), "proto/src/lib.rs:1: allow");
    refused(words::allowances, &lib(&allow("cfg_attr(test, allow(dead_code))")), "allow");
    refused(words::allowances, &lib("#![allow(missing_docs)]"), "allow");
    refused(words::allowances, &lib(&allow("expect(dead_code)")), "expect");
    accepted(words::allowances, &lib(&allow("expect(dead_code, reason = \"because\")")));
    accepted(words::allowances, &lib("fn f() { allow(1); x.expect(\"y\"); }"));
}

#[test]
fn stubs_are_refused() {
    refused(words::stubs, &[("proto/src/lib.rs", "fn f() { g(todo!()) }")], "proto/src/lib.rs:1: todo!");
    refused(words::stubs, &[("proto/tests/a.rs", "fn f() { unimplemented!() }")], "unimplemented!");
}

#[test]
fn places_are_refused() {
    for place in words::unwelcome_places() {
        refused(words::places, &[("docs/a.md", &format!("see\nhttps://x{place}x"))], "docs/a.md:2");
    }
    accepted(words::places, &[("Cargo.lock", &words::unwelcome_places().concat())]);
}

#[test]
fn what_git_ignores_is_not_looked_at() {
    let files = [("target/x.rs", "fn f() { todo!() }"), ("a/node_modules/x.rs", "fn f() { todo!() }")];
    refused(words::stubs, &files, "target/x.rs");
    accepted(words::stubs, &[files[0], files[1], (".gitignore", "/target/\nnode_modules/\n")]);
}

#[test]
fn methods_without_an_audience_are_refused() {
    let offences = contract::audiences(&small_contract());
    let expected = [
        "roster.a.v1.S.Hidden: INTERNAL with google.api.http",
        "roster.a.v1.S.Mute: no option (roster.audience)",
        "roster.a.v1.S.Shown: PUBLIC without google.api.http",
    ];
    assert_eq!(offences, expected);
}

/// Three methods, each wrong in its own way, and one that is right.
fn small_contract() -> DescriptorPool {
    const CONTRACT: &str = r#"syntax = "proto3"; package roster.a.v1;
        import "roster/options.proto"; import "google/api/annotations.proto";
        message M {}
        service S {
          rpc Hidden(M) returns (M) { option (roster.audience) = AUDIENCE_INTERNAL; option (google.api.http) = {get: "/v1/m"}; }
          rpc Mute(M) returns (M);
          rpc Right(M) returns (M) { option (roster.audience) = AUDIENCE_PUBLIC; option (google.api.http) = {get: "/v1/m"}; }
          rpc Shown(M) returns (M) { option (roster.audience) = AUDIENCE_PUBLIC; }
        }"#;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.proto"), CONTRACT).unwrap();
    let mut resolver = protox::file::ChainFileResolver::new();
    resolver.add(protox::file::IncludeFileResolver::new(folder.path().to_owned()));
    resolver.add(protox::file::DescriptorSetFileResolver::decode(proto::DESCRIPTORS).unwrap());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).open_file("small.proto").unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}
