//! Programs that know nothing but `/openapi.json`, and people who read `/reference`.

use std::path::Path;
use std::time::Duration;

use platform::testing::Engine;
use proto::audience;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use crate::http::Http;
use crate::installation::Installation;
use crate::person::{self, PASSWORD, Person};

/// The contract is called with everything that the document allows, and with what it does not.
const LIMIT: Duration = Duration::from_secs(240);
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

#[tokio::test]
async fn n14_requests_made_from_the_document_get_only_answers_that_it_tells() {
    let mut installation = Installation::new(Engine::Sqlite);
    installation.start().await;
    let owner = person::owner(&installation).await;
    owner.buys(&installation, 40).await;
    let settings = installation.folder().join("schemathesis.toml");
    std::fs::write(&settings, parameters(&owner).await).unwrap();
    let token = token(&installation.http()).await;

    let mut schemathesis = Command::new(Path::new(&python()).with_file_name("schemathesis"));
    schemathesis.current_dir(installation.folder()).arg("--config-file").arg(&settings);
    schemathesis.args(["run", &format!("{}/openapi.json", installation.origin())]);
    schemathesis.args(["--header", &format!("Authorization: Bearer {token}"), "--checks", CHECKS]);
    // A watch ends when its import rests, which may be never.
    schemathesis.args(["--exclude-path-regex", ":watch$", "--phases", "examples,coverage,fuzzing"]);
    // One thread: two that parse Python at once break CPython 3.11 now and then (its gh-106905).
    schemathesis.args(["--max-examples", "12", "--seed", "7", "--workers", "1", "--no-color"]);
    schemathesis.args([
        "--request-timeout",
        "20",
        "--generation-database",
        "none",
        "--suppress-health-check",
        "all",
    ]);
    let output =
        timeout(LIMIT, schemathesis.kill_on_drop(true).output()).await.expect("it ends in time").unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
}

#[tokio::test]
async fn the_document_and_the_reference_are_served_with_every_public_method() {
    let mut installation = Installation::new(Engine::Sqlite);
    installation.start().await;
    let http = installation.http();
    let first = http.try_get("/openapi.json").await;
    let etag = first.headers["etag"].to_str().unwrap();
    assert_eq!((first.status, first.json()["openapi"].clone()), (200, json!("3.1.0")));
    let again = http.send("GET", "/openapi.json", &[("if-none-match", etag)], Vec::new()).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));

    let page = http.try_get("/reference").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self'") && !page.text.contains("<style"), "{policy}");
    for method in audience::POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let id = format!("id=\"{}_{}\"", method.parent_service().name(), method.name());
        assert_eq!(page.text.contains(&id), audience::is_public(&method), "{id}");
    }
    let found = http.try_get("/reference?q=entitlement").await.text;
    assert!(
        found.contains("id=\"LicenseService_CheckEntitlement\"")
            && !found.contains("id=\"UserService_GetUser\"")
    );
}

/// What is there, so that requests reach further than NOT_FOUND.
async fn parameters(owner: &Person) -> String {
    let ann = json!({"user": {"email": "ann@acme.example", "givenName": "Ann", "familyName": "Able"}});
    let ann = owner.http.post(&owner.path("/users"), ann).await;
    let import = owner.uploads("LICENSE_INVITE", "email,license\nbob@acme.example,true\n").await;
    let run = json!({"users": {"names": [ann["name"]]}});
    let run = owner.http.post(&owner.path("/users:sendActivationEmails"), run).await;
    let session = owner.http.get("/v1/sessions/current").await;
    let known = [
        ("organization", last(&json!(owner.organization))),
        ("user", last(&ann["name"])),
        ("seat", last(&ann["name"])),
        ("pool", "meet".to_owned()),
        ("import", last(&import["name"])),
        ("bulkRun", last(&run["name"])),
        ("account", session["name"].as_str().unwrap().split('/').nth(1).unwrap().to_owned()),
    ];
    let lines = known.map(|(name, value)| format!("\"path.{name}\" = \"{value}\"\n"));
    format!("[parameters]\n{}", lines.concat())
}

/// A session's token, as a script would use it.
async fn token(http: &Http) -> String {
    let session =
        http.post("/v1/sessions", json!({"email": "olivia@acme.example", "password": PASSWORD})).await;
    session["sessionToken"].as_str().unwrap().to_owned()
}

/// The id at the end of a name.
fn last(name: &Value) -> String {
    name.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the tests' Python is no setting of the product")]
fn python() -> String {
    std::env::var("ROSTER_PYTHON")
        .expect("ROSTER_PYTHON names the Python of tools/install.sh; make test sets it")
}
