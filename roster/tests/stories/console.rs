//! The main job by hand: through the console, in Chromium.

use std::path::PathBuf;

use platform::testing::{Engine, on_both};
use serde_json::json;

use crate::browser::Browser;
use crate::http::Http;
use crate::installation::{Installation, code};
use crate::person::{PASSWORD, sign_in};

on_both! {
    async fn g3_the_main_job_through_the_console(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let browser = Browser::open(installation.origin(), 1280).await;
        sets_up(&installation, &browser).await;
        maps_the_purchase(&installation, &browser).await;
        adds_two_people(&installation, &browser).await;
        imports_a_file(&installation, &browser).await;
        sends_activation_mails(&installation, &browser).await;
        b8_b10_bob_gets_and_loses_his_licence_and_activates(&installation, &browser).await;
        e7_without_portal_access_bob_is_shut_out(&installation, &browser).await;
        b9_the_page_says_that_no_licence_is_free(&browser).await;
        browser.closes().await;
        assert!(installation.stop().await.success());
    }
}

async fn sets_up(installation: &Installation, browser: &Browser) {
    browser.goes_to(&format!("/setup#{}", installation.setup_token())).await;
    browser.fills("Organization", "Acme").await;
    browser.fills("First name", "Olivia").await;
    browser.fills("Last name", "Owner").await;
    browser.fills("E-mail", "olivia@acme.example").await;
    browser.fills("Password", PASSWORD).await;
    browser.fills("Confirm password", PASSWORD).await;
    browser.keeps_picture(pictures().as_deref(), "1-setup").await;
    browser.presses("Create organization").await;
    browser.sees("Users").await;
    browser.sees("Acme").await;
}

async fn maps_the_purchase(installation: &Installation, browser: &Browser) {
    installation.must(&["dev", "purchase"], &["--buyer", "olivia@acme.example", "--seats", "6000"]).await;
    let mails = installation.mails_when("olivia@acme.example", 1).await;
    browser.goes_to("/dev/mailbox").await;
    browser.sees("olivia@acme.example").await;
    browser.keeps_picture(pictures().as_deref(), "2-mailbox").await;
    browser.goes_to("/dev/mailbox?q=licences+are+READY").await;
    browser.sees("olivia@acme.example").await;
    browser.goes_to("/dev/mailbox?q=nobody").await;
    browser.sees("Nothing matches").await;
    browser.goes_to(mails[0]["link"].as_str().unwrap()).await;
    browser.sees("Where should the licences go?").await;
    browser.clicks("Acme").await;
    browser.keeps_picture(pictures().as_deref(), "3-claim").await;
    browser.presses("Continue").await;
    browser.presses("Map licences").await;
    browser.sees("Your licences are in").await;
}

async fn adds_two_people(installation: &Installation, browser: &Browser) {
    browser.presses("Invite users").await;
    browser.sees("6,000").await;
    browser.opens("Add users").await;
    browser.fills("E-mail address 1", "ann@acme.example").await;
    browser.presses("+ add more").await;
    browser.fills("E-mail address 2", "bob@acme.example").await;
    browser.leaves_off("lines[1].license").await;
    browser.presses_in("form", "Add users").await;
    browser.sees("bob@acme.example").await;
    installation.mails_when("ann@acme.example", 1).await;
    assert!(installation.mails("bob@acme.example").await.is_empty());
    browser.keeps_picture(pictures().as_deref(), "4-users").await;
}

async fn imports_a_file(installation: &Installation, browser: &Browser) {
    let file = installation.folder().join("people.csv");
    std::fs::write(&file, "carl@acme.example,true\ndora@acme.example,false\nno-address,true\n").unwrap();
    browser.presses("Import").await;
    browser.presses("New import").await;
    browser.keeps_picture(pictures().as_deref(), "5-import").await;
    browser.chooses_file(&file).await;
    browser.presses_in("form", "Add users").await;
    browser.sees("Errors by cause").await;
    browser.keeps_picture(pictures().as_deref(), "6-results").await;
    std::fs::write(&file, "carl@acme.example,true\ndora@acme.example,false\nfred@acme.example,true\n")
        .unwrap();
    browser.presses("Import").await;
    browser.presses("New import").await;
    browser.chooses_file(&file).await;
    browser.presses_in("form", "Add users").await;
    browser.sees("Nothing is written yet").await;
    browser.presses("Finish").await;
    browser.sees("Imported").await;
    browser.keeps_picture(pictures().as_deref(), "7-imported").await;
    installation.mails_when("carl@acme.example", 1).await;
    installation.mails_when("fred@acme.example", 1).await;
    assert!(installation.mails("dora@acme.example").await.is_empty());
}

async fn sends_activation_mails(installation: &Installation, browser: &Browser) {
    browser.presses("Members").await;
    browser.presses("Pending").await;
    browser.keeps_picture(pictures().as_deref(), "8-members").await;
    browser.presses("Select bob@acme.example").await;
    browser.presses("Send activation emails").await;
    browser.sees("Your account has been created!").await;
    browser.presses("Send activation emails").await;
    installation.mails_when("bob@acme.example", 1).await;
    browser.keeps_picture(pictures().as_deref(), "9-run").await;
}

async fn b8_b10_bob_gets_and_loses_his_licence_and_activates(installation: &Installation, browser: &Browser) {
    let mails = installation.mails_when("bob@acme.example", 1).await;
    browser.presses("Licenses").await;
    browser.presses("Meet licence for bob@acme.example").await;
    browser.sees("Licence on.").await;
    browser.keeps_picture(pictures().as_deref(), "10-licenses").await;
    browser.presses("Meet licence for bob@acme.example").await;
    browser.sees("Licence off.").await;
    browser.signs_out().await;
    browser.goes_to(mails[0]["link"].as_str().unwrap()).await;
    browser.sees("Set your password").await;
    browser.keeps_picture(pictures().as_deref(), "11-activate").await;
    browser.fills("Password", PASSWORD).await;
    browser.fills("Confirm password", PASSWORD).await;
    browser.presses("Set password").await;
    browser.sees("Users").await;
}

async fn e7_without_portal_access_bob_is_shut_out(installation: &Installation, browser: &Browser) {
    let olivia = sign_in(&installation.http(), "olivia@acme.example", PASSWORD).await;
    let bob = olivia.get("/v1/organizations/-/users?filter=email%20%3D%20%22bob%40acme.example%22").await;
    let path = format!("/v1/{}", bob["users"][0]["name"].as_str().unwrap());
    let json = [("content-type", "application/json")];
    let changed = olivia.send("PATCH", &path, &json, br#"{"user": {"portalAccess": false}}"#.to_vec()).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    browser.goes_to("/o").await;
    browser.sees("Forgot your password?").await;
    browser.fills("E-mail", "bob@acme.example").await;
    browser.fills("Password", PASSWORD).await;
    browser.presses("Sign in").await;
    browser.sees("This person may not use the portal.").await;
    browser.keeps_picture(pictures().as_deref(), "12-no-portal").await;
    another_organization_lets_him_in(installation, browser, &olivia).await;
}

/// A password is enough to join where the door is open.
async fn another_organization_lets_him_in(installation: &Installation, browser: &Browser, olivia: &Http) {
    let before = installation.mails("olivia@acme.example").await.len();
    installation.must(&["dev", "purchase"], &["--buyer", "olivia@acme.example", "--seats", "1"]).await;
    let bought = installation.mails_when("olivia@acme.example", before + 1).await;
    let beta = json!({"token": code(&bought[0]), "newOrganization": {"displayName": "Beta"}});
    let beta = olivia.post("/v1/purchaseLinks:map", beta).await;
    let invite = format!("/v1/{}/users:invite", beta["organization"].as_str().unwrap());
    let bob = json!({"email": "bob@acme.example", "licenseEnabled": true});
    let before = installation.mails("bob@acme.example").await.len();
    olivia.post(&invite, json!({"product": "meet", "lines": [bob]})).await;
    let mails = installation.mails_when("bob@acme.example", before + 1).await;
    browser.goes_to(mails[0]["link"].as_str().unwrap()).await;
    browser.sees("Join Beta").await;
    browser.fills("E-mail", "bob@acme.example").await;
    browser.fills("Password", PASSWORD).await;
    browser.presses("Sign in and accept").await;
    browser.sees("Users").await;
    browser.sees("Beta").await;
}

/// The one licence of Beta is Bob's.
async fn b9_the_page_says_that_no_licence_is_free(browser: &Browser) {
    browser.signs_out().await;
    browser.sees("You are signed out.").await;
    browser.fills("E-mail", "olivia@acme.example").await;
    browser.fills("Password", PASSWORD).await;
    browser.presses("Sign in").await;
    browser.presses("Beta").await;
    browser.opens("Add users").await;
    browser.fills("E-mail address 1", "gina@acme.example").await;
    browser.presses_in("form", "Add users").await;
    browser.sees("1 user got no Meet licence: none is free.").await;
    browser.keeps_picture(pictures().as_deref(), "13-none-free").await;
    browser.presses("Manage licences").await;
    browser.sees("1 of 1 seats used").await;
}

/// `ROSTER_PICTURES` names a folder for people who want to look.
#[expect(clippy::disallowed_methods, reason = "where a test leaves pictures is no setting of the product")]
fn pictures() -> Option<PathBuf> {
    std::env::var_os("ROSTER_PICTURES").map(PathBuf::from)
}
