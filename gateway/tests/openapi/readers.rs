//! What programs of others say to the document: a linter, a validator, a generator of TypeScript.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::roster;

#[test]
fn redocly_finds_nothing_to_say() {
    let file = written("redocly", &roster().0);
    let settings = node().join("redocly.yaml");
    let mut redocly = Command::new(node().join("node_modules/.bin/redocly"));
    redocly.env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true").env("REDOCLY_TELEMETRY", "off");
    let said =
        run(redocly.arg("lint").arg("--config").arg(settings).args(["--max-problems", "20"]).arg(file));
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn the_document_is_valid_openapi_3_1() {
    must_be_valid("roster", &roster().0);
}

#[test]
fn n14_typescript_can_be_generated_and_compiles() {
    let file = written("typescript", &roster().0);
    let types = file.with_extension("ts");
    let programs = node().join("node_modules/.bin");
    run(Command::new(programs.join("openapi-typescript")).arg(&file).arg("--output").arg(&types));
    run(Command::new(programs.join("tsc")).args(["--noEmit", "--strict"]).arg(&types));
}

/// Against the meta-schema of OpenAPI 3.1, and each example and default against its schema.
pub fn must_be_valid(name: &str, json: &str) {
    let file = written(&format!("valid-{name}"), json);
    run(Command::new(python()).args(["-m", "openapi_spec_validator"]).arg(file));
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{command:?}\n{said}");
    said
}

fn written(name: &str, json: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("openapi-{name}.json"));
    std::fs::write(&file, json).unwrap();
    file
}

/// The folder of npm packages that tools/install.sh fills.
fn node() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/node")
}

#[expect(clippy::disallowed_methods, reason = "the tests' Python is no setting of the product")]
fn python() -> String {
    std::env::var("ROSTER_PYTHON")
        .expect("ROSTER_PYTHON names the Python of tools/install.sh; make test sets it")
}
