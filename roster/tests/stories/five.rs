//! What the five programs promise an operator.

use serde_json::{Value, json};

use crate::shape::Shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_program_starts_while_the_others_are_dead_and_says_what_it_waits_for() {
    let mut shape = Shape::new(1).await;
    shape.revive("gateway", 0);
    let waits = || async { shape.admin("gateway", 0, "/readyz").await };
    let (status, why) = platform::testing::eventually("it says so", waits, Option::is_some).await.unwrap();
    assert_eq!(status, 503, "{why}");
    assert!(why.contains("identity: "), "{why}");
    assert_eq!(shape.admin("gateway", 0, "/healthz").await.unwrap().0, 200, "it lives");
    let refused = shape.http().try_get("/v1/sessions/current").await;
    assert!([401, 503].contains(&refused.status), "{}", refused.text);

    shape.revive_all();
    shape.all_ready().await;

    first_owner(&shape).await;
    shape.kill("identity", 0).await;
    let gone = || async { shape.is_ready("gateway", 0).await };
    platform::testing::eventually("the door says that identity is gone", gone, |ready: &bool| !ready).await;
    shape.revive("identity", 0);
    shape.all_ready().await;
    assert!(shape.terminate("gateway", 0).await.success(), "SIGTERM ends it well");
    shape.stop().await;
}

/// `identity-svc bootstrap` beside running replicas; a repeat prints the same names and no key.
async fn first_owner(shape: &Shape) {
    let password = shape.certificates().join("password");
    std::fs::write(&password, "correct horse 7\n").unwrap();
    let file = password.display().to_string();
    let arguments =
        ["--organization", "Acme", "--owner", "olivia@acme.example", "--password-file", &file, "--json"];
    let made: Value = json_of(&shape.identity(&["bootstrap"], &arguments).await);
    let http = shape.http().with(made["api_key"].as_str().unwrap());
    let organization = made["organization"].as_str().unwrap();
    assert_eq!(http.get(&format!("/v1/{organization}")).await["displayName"], "Acme");

    let again: Value = json_of(&shape.identity(&["bootstrap"], &arguments).await);
    assert_eq!((&again["organization"], &again["api_key"]), (&made["organization"], &json!("")));
}

#[tokio::test]
async fn a_program_that_may_not_migrate_refuses_older_tables_and_names_the_command() {
    let shape = Shape::new(0).await;
    let keys = shape.certificates().join("license/keys").display().to_string();
    // The tables of another service are as good as older ones.
    let database = shape.database("identity");
    let serve = ["serve", "--keys", &keys, "--postgres", &database, "--migrate", "never"];
    let (success, said) = shape.run("license-svc", &serve).await;
    assert!(!success, "{said}");
    assert!(said.contains("run the command migrate") && said.contains("service/0001_purchases"), "{said}");
}

#[tokio::test]
async fn a_program_that_others_can_reach_needs_a_certificate_and_its_own() {
    let shape = Shape::new(0).await;
    let folder = shape.certificates();
    let file = |path: &str| folder.join(path).display().to_string();
    let keys = file("license/keys");
    let place = ["serve", "--keys", &keys, "--postgres", "postgres://nobody@127.0.0.1:1/none"];
    let (success, said) = shape.run("license-svc", &[&place[..], &["--listen", "0.0.0.0:0"]].concat()).await;
    assert!(!success && said.contains("--tls-certificate"), "{said}");

    let (certificate, key) = (file("identity/certificate.pem"), file("identity/key.pem"));
    let authority = file("authority.pem");
    let others = ["--tls-certificate", &certificate, "--tls-key", &key, "--tls-authority", &authority];
    let (success, said) = shape.run("license-svc", &[&place[..], &others].concat()).await;
    assert!(!success && said.contains("that of identity"), "{said}");
    let again = shape.run("roster", &["dev", "certificates", folder.to_str().unwrap()]).await;
    assert!(!again.0 && again.1.contains("must be new"), "{}", again.1);
}

fn json_of(said: &str) -> Value {
    serde_json::from_str(said.lines().last().unwrap()).unwrap()
}
