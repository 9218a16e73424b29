//! Every PUBLIC write, sent again in every way, over both transports (N13).

use std::path::PathBuf;

use platform::testing::{Engine, on_both};
use tokio::process::Command;

use crate::installation::Installation;
use crate::partner::{bootstrap, python, text};
use crate::person::{self, PASSWORD, Person};

on_both! {
    async fn n13_each_write_sent_again_has_one_effect_and_one_answer_over_both_transports(engine: Engine) {
        let mut installation = Installation::new(engine);
        let made = bootstrap(&installation).await;
        installation.start().await;
        let (key, organization) = (text(&made, "api_key"), text(&made, "organization"));
        let http = person::sign_in(&installation.http(), "olivia@acme.example", PASSWORD).await;
        Person { http, organization: organization.clone() }.buys(&installation, 100).await;
        let said = installation.must(&["client", "create"], &["--name", "shop", "--may", "purchases.record"]).await;
        let shop = said.split_whitespace().find(|word| word.starts_with("roster_")).unwrap();
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/repeats.py");
        let arguments = [installation.origin(), &key, &organization, shop];
        let output = Command::new(python()).arg(script).args(arguments).output().await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    }
}
