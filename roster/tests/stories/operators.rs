use std::os::unix::fs::PermissionsExt;

use platform::testing::{Engine, on_both};
use serde_json::Value;

use crate::installation::Installation;

on_both! {
    async fn bootstrap_makes_the_first_owner_once_with_and_without_a_server(engine: Engine) {
        let mut installation = Installation::new(engine);
        let password = installation.folder().join("password");
        std::fs::write(&password, "correct horse 7\n").unwrap();
        let arguments =
            ["--organization", "Acme", "--owner", "olivia@acme.example", "--password-file", password.to_str().unwrap(), "--json"];

        let first: Value = last_line(&installation.must(&["bootstrap"], &arguments).await);
        installation.start().await;
        assert!(!installation.has_setup_link(), "there is an organization");
        let second: Value = last_line(&installation.must(&["bootstrap"], &arguments).await);

        assert_eq!(first["organization"], second["organization"]);
        assert_eq!(first["user"], second["user"]);
        assert_eq!(second["api_key"], "", "the key is shown once");
        let owner = installation.http().with(first["api_key"].as_str().unwrap());
        let users = owner.get(&format!("/v1/{}/users", first["organization"].as_str().unwrap())).await;
        assert_eq!(users["users"][0]["role"], "ROLE_OWNER");
    }

    async fn a_mail_that_a_command_asks_for_waits_for_the_server_and_its_links(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        installation.stop().await;
        let purchase = ["--buyer", "olivia@acme.example", "--seats", "3"];
        installation.must(&["dev", "purchase"], &purchase).await;
        installation.start().await;
        let mails = installation.mails_when("olivia@acme.example", 1).await;
        let link = mails[0]["link"].as_str().unwrap();
        assert!(link.starts_with(&format!("{}/", installation.origin())), "{link}");
    }

    async fn a_second_server_on_the_same_folder_is_refused(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let (success, said) = installation.run(&["serve"], &["--listen", "127.0.0.1:0"]).await;
        assert!(!success);
        assert!(said.contains("another roster serves"), "{said}");
    }

    async fn the_folder_and_what_is_in_it_are_private(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let data = installation.data();
        assert_eq!(mode(&data), 0o700);
        assert_eq!(mode(&data.join("admin.sock")), 0o600);
        assert_eq!(mode(&data.join("keys")), 0o700);
        for key in std::fs::read_dir(data.join("keys")).unwrap() {
            let key = key.unwrap().path();
            assert_eq!(mode(&key) & 0o077, 0, "{}", key.display());
        }
    }
}

#[tokio::test]
async fn a_backup_of_a_running_server_passes_the_check_and_serves() {
    let mut installation = Installation::new(Engine::Sqlite);
    installation.start().await;
    let olivia = crate::person::owner(&installation).await;
    olivia.buys(&installation, 10).await;
    let copy = installation.folder().join("copy");

    installation.must(&["backup"], &[copy.to_str().unwrap()]).await;

    let checked = Installation::at(&copy).must(&["check"], &[]).await;
    assert!(checked.contains("every invariant holds"), "{checked}");
    let mut restored = Installation::at(&copy);
    restored.start().await;
    let http = crate::person::sign_in(&restored.http(), "olivia@acme.example", crate::person::PASSWORD).await;
    let pool = http.get(&olivia.path("/pools/meet")).await;
    assert_eq!(pool["purchasedCount"], 10);
}

#[tokio::test]
async fn a_folder_without_an_installation_is_neither_sound_nor_copied() {
    let parent = tempfile::tempdir().unwrap();
    let nothing = parent.path().join("misspelt");
    let installation = Installation::at(&nothing);
    let copy = parent.path().join("copy");
    for (command, arguments) in [("check", vec![]), ("backup", vec![copy.to_str().unwrap()])] {
        let (success, said) = installation.run(&[command], &arguments).await;
        assert!(!success && said.contains("is missing"), "{command}: {said}");
    }
    assert!(!nothing.exists() && !copy.exists());
}

#[tokio::test]
async fn a_misspelt_folder_gets_no_key_of_a_new_installation() {
    let installation = Installation::new(Engine::Sqlite);
    let (success, said) =
        installation.run(&["client", "create"], &["--name", "x", "--may", "entitlements.check"]).await;
    assert!(!success, "{said}");
    assert!(said.contains("is missing"), "{said}");
    assert!(!installation.data().exists());
}

#[tokio::test]
async fn the_page_of_settings_is_what_the_program_prints() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md");
    let output =
        tokio::process::Command::new(env!("CARGO_BIN_EXE_roster")).arg("settings").output().await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let written = std::fs::read_to_string(page).unwrap();
    assert_eq!(written, printed, "write it anew: roster settings > docs/settings.md");
}

fn last_line(said: &str) -> Value {
    serde_json::from_str(said.lines().last().unwrap()).unwrap()
}
