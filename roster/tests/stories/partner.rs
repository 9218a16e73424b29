//! A partner's generated clients, in Python and TypeScript, against the one port (steps 4 and 6).

use std::path::PathBuf;

use platform::testing::{Engine, on_both};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::installation::Installation;
use crate::person::{self, PASSWORD, Person};

on_both! {
    async fn a_generated_python_client_imports_people_and_asks_who_may_use_the_product(engine: Engine) {
        let mut installation = Installation::new(engine);
        let made = bootstrap(&installation).await;
        installation.start().await;
        let (key, organization) = (text(&made, "api_key"), text(&made, "organization"));
        let http = person::sign_in(&installation.http(), "olivia@acme.example", PASSWORD).await;
        Person { http, organization: organization.clone() }.buys(&installation, 10).await;
        let file = installation.folder().join("invites.csv");
        std::fs::write(&file, "email,license\nann@acme.example,true\nbob@acme.example,false\n").unwrap();
        let partner = Partner { installation: &installation, key, organization, language: Language::Python };

        let seen = partner.runs("import", &["--kind", "LICENSE_INVITE", "--product", "meet", file.to_str().unwrap()]).await;
        let last = seen.last().unwrap();
        assert_eq!((&last["state"], &last["counts"]["new"]), (&json!("SUCCEEDED"), &json!(2)), "{seen:?}");
        assert!(seen.iter().any(|step| step["seats_required"] == 1), "the plan was shown first: {seen:?}");
        for (email, entitled) in [("ann@acme.example", true), ("bob@acme.example", false), ("nobody@acme.example", false)] {
            let answer = partner.runs("check", &["--email", email, "--product", "meet"]).await;
            assert_eq!(answer[0]["entitled"], entitled, "{email}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_generated_typescript_client_does_so_over_grpc_and_grpc_web_and_http() {
    let mut installation = Installation::new(Engine::Sqlite);
    let made = bootstrap(&installation).await;
    installation.start().await;
    let (key, organization) = (text(&made, "api_key"), text(&made, "organization"));
    let http = person::sign_in(&installation.http(), "olivia@acme.example", PASSWORD).await;
    Person { http, organization: organization.clone() }.buys(&installation, 10).await;
    let partner = Partner { installation: &installation, key, organization, language: Language::TypeScript };
    for over in ["grpc", "web", "http"] {
        let email = format!("{over}@acme.example");
        let file = installation.folder().join(over);
        std::fs::write(&file, format!("email,license\n{email},true\n")).unwrap();
        let import =
            ["--over", over, "--kind", "LICENSE_INVITE", "--product", "meet", file.to_str().unwrap()];
        let seen = partner.runs("import", &import).await;
        let last = seen.last().unwrap();
        assert_eq!(
            (&last["state"], &last["counts"]["new"]),
            (&json!("SUCCEEDED"), &json!(1)),
            "{over}: {seen:?}"
        );
        let again = partner.runs("import", &import).await;
        assert_eq!(again.last().unwrap()["name"], last["name"], "{over}: the same file is the same import");
        let answer = partner.runs("check", &["--over", over, "--email", &email, "--product", "meet"]).await;
        assert_eq!(answer[0]["entitled"], true, "{over}: {answer:?}");
    }
}

enum Language {
    Python,
    TypeScript,
}

struct Partner<'a> {
    language: Language,
    installation: &'a Installation,
    key: String,
    organization: String,
}

impl Partner<'_> {
    /// Runs one job of a client and reads its lines of JSON.
    async fn runs(&self, job: &str, arguments: &[&str]) -> Vec<Value> {
        let (folder, program, first) = match self.language {
            Language::Python => ("python", python(), ["-m", "story"].as_slice()),
            Language::TypeScript => ("typescript", "node".to_owned(), ["run.mjs"].as_slice()),
        };
        let output = Command::new(program)
            .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../clients").join(folder))
            .env("ROSTER_ORIGIN", self.installation.origin())
            .env("ROSTER_ADDRESS", self.installation.origin().trim_start_matches("http://"))
            .env("ROSTER_API_KEY", &self.key)
            .args(first)
            .args([job, "--organization", &self.organization])
            .args(arguments)
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The Owner's API key comes from the script's way to the first organization.
pub async fn bootstrap(installation: &Installation) -> Value {
    let password = installation.folder().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let arguments = [
        "--organization",
        "Acme",
        "--owner",
        "olivia@acme.example",
        "--password-file",
        password.to_str().unwrap(),
        "--json",
    ];
    let shown = installation.must(&["bootstrap"], &arguments).await;
    serde_json::from_str(shown.lines().last().unwrap()).unwrap()
}

pub fn text(made: &Value, field: &str) -> String {
    made[field].as_str().unwrap().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the tests' Python is no setting of the product")]
pub fn python() -> String {
    std::env::var("ROSTER_PYTHON")
        .expect("ROSTER_PYTHON names the Python of tools/install.sh; make test sets it")
}
