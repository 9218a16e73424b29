//! Promises of the story that deserve a name of their own.

use platform::testing::{Engine, on_both};
use serde_json::json;

use crate::installation::{Installation, code};
use crate::person::{self, PASSWORD, sign_in};

on_both! {
    async fn a9_after_mapping_the_new_licences_are_visible(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let olivia = person::owner(&installation).await;
        let pools = olivia.http.get(&olivia.path("/pools")).await;
        assert_eq!(pools["pools"], json!([]));

        olivia.buys(&installation, 25).await;

        let pools = olivia.http.get(&olivia.path("/pools")).await;
        assert_eq!((&pools["pools"][0]["productDisplayName"], &pools["pools"][0]["purchasedCount"]), (&json!("Meet"), &json!(25)));
    }

    async fn b2_an_address_typed_and_confirmed_is_in_the_list(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let olivia = person::owner(&installation).await;

        olivia.http.post(&olivia.path("/users:invite"), json!({"lines": [{"email": "Ann@Acme.example"}]})).await;

        assert_eq!(olivia.user("ann@acme.example").await["email"], "ann@acme.example");
    }

    async fn b4_each_line_has_a_toggle_of_its_own(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let olivia = person::owner(&installation).await;
        olivia.buys(&installation, 2).await;
        let line = |email: &str, on: bool| json!({"email": email, "licenseEnabled": on});
        let lines = [line("on@acme.example", true), line("off@acme.example", false), line("too@acme.example", true)];

        olivia.http.post(&olivia.path("/users:invite"), json!({"product": "meet", "lines": lines})).await;

        let seats = olivia.http.get(&olivia.path("/pools/meet/seats?filter=held%20%3D%20true")).await;
        let mut holders: Vec<&str> =
            seats["seats"].as_array().unwrap().iter().map(|seat| seat["user"]["email"].as_str().unwrap()).collect();
        holders.sort_unstable();
        assert_eq!(holders, ["on@acme.example", "too@acme.example"]);
    }

    async fn g14_the_link_makes_a_pending_member_active_and_works_once(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let olivia = person::owner(&installation).await;
        olivia.http.post(&olivia.path("/users:invite"), json!({"lines": [{"email": "bob@acme.example"}]})).await;
        let selection = json!({"filter": "state = STATE_PENDING"});
        olivia.http.post(&olivia.path("/users:sendActivationEmails"), selection).await;
        let mails = installation.mails_when("bob@acme.example", 1).await;
        assert_eq!(olivia.user("bob@acme.example").await["state"], "STATE_PENDING");

        let redeem = json!({"token": code(&mails[0]), "newPassword": PASSWORD});
        installation.http().post("/v1/links:redeem", redeem.clone()).await;

        assert_eq!(olivia.user("bob@acme.example").await["state"], "STATE_ACTIVE");
        let again = installation.http().try_post("/v1/links:redeem", redeem).await;
        assert_eq!(again.reason(), "LINK_USED");
        sign_in(&installation.http(), "bob@acme.example", PASSWORD).await;
    }
}
