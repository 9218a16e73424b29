use std::time::Duration;

use platform::testing::{Engine, on_both, patiently};
use serde_json::{Value, json};

use crate::installation::Installation;
use crate::people;
use crate::person::{self, Person};

const ROWS: usize = 10_000;
/// What a killed process held is free again within 20 s; then there is work to do.
const LIMIT: Duration = Duration::from_secs(240);

on_both! {
    async fn n7_five_kills_during_an_import_of_10_000_lose_and_double_nothing(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let olivia = person::owner(&installation).await;
        olivia.buys(&installation, 6000).await;
        let import = olivia.uploads("LICENSE_INVITE", people::license_invite(ROWS)).await;
        assert_eq!(import["counts"]["new"], ROWS, "{import}");
        assert_eq!(import["seatsRequired"], ROWS / 2);
        assert_eq!(olivia.accepts(&import).await.status, 200);

        let mut olivia = olivia;
        for kill in 1..=5 {
            // Progress is the event to wait for: each kill hits another part of the work.
            let passed = |import: &Value| {
                import["state"] == "STATE_SUCCEEDED" || done(import) >= (ROWS / 7 * kill) as i64
            };
            patiently("it goes on", LIMIT, || get(&olivia, &import), passed).await;
            installation.kill().await;
            installation.start().await;
            olivia = again(&installation, olivia).await;
        }
        let rests = |import: &Value| import["state"] != "STATE_IMPORTING";
        let last = patiently("it ends", LIMIT, || get(&olivia, &import), rests).await;

        assert_eq!(last["state"], "STATE_SUCCEEDED", "{last}");
        assert_eq!((&last["counts"]["new"], &last["counts"]["errors"]), (&json!(ROWS), &json!(0)), "{last}");
        let pool = olivia.pool().await;
        assert_eq!((&pool["heldCount"], &pool["reservedCount"], &pool["freeCount"]), (&json!(5000), &json!(0), &json!(1000)));
        mailed_once(&installation).await;
        let users = olivia.http.get(&olivia.path("/users?pageSize=1")).await;
        assert_eq!(users["totalSize"], ROWS + 1, "and the Owner");
        let said = installation.must(&["check"], &[]).await;
        assert!(said.contains("every invariant holds"), "{said}");
    }
}

/// One mail for each `true` row and none for the others.
async fn mailed_once(installation: &Installation) {
    let all = || async { installation.mails("").await };
    // The purchase's mail is one more.
    let mails = patiently("all mails are there", LIMIT, all, |mails: &Vec<_>| mails.len() > ROWS / 2).await;
    let mut addresses: Vec<&str> = mails.iter().map(|mail| mail["to"].as_str().unwrap()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(mails.len(), ROWS / 2 + 1, "no more");
    assert_eq!(addresses.len(), ROWS / 2 + 1, "nobody twice");
    let licensed: std::collections::HashSet<String> =
        rows().filter(|(_, licensed)| *licensed).map(|(email, _)| email).collect();
    let strangers = addresses.iter().filter(|to| **to != "olivia@acme.example" && !licensed.contains(**to));
    assert_eq!(strangers.count(), 0, "nobody whose row says false");
}

async fn get(olivia: &Person, import: &Value) -> Value {
    olivia.http.get(&format!("/v1/{}", import["name"].as_str().unwrap())).await
}

fn done(import: &Value) -> i64 {
    import["progress"]["done"].as_i64().unwrap_or_default()
}

/// The session outlives the process; only the address is new.
async fn again(installation: &Installation, olivia: Person) -> Person {
    let http = person::sign_in(&installation.http(), "olivia@acme.example", person::PASSWORD).await;
    Person { http, ..olivia }
}

fn rows() -> impl Iterator<Item = (String, bool)> {
    (0..ROWS).map(|number| (people::email(number).to_lowercase(), number % 2 == 0))
}
