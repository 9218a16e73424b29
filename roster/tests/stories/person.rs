//! What people do in the story, in their words.

use serde_json::{Value, json};

use crate::http::{Answer, Http};
use crate::installation::{Installation, code};

pub const PASSWORD: &str = "correct horse 7";

/// Somebody who is signed in.
pub struct Person {
    pub http: Http,
    pub organization: String,
}

/// Opens the one-time link and makes the first organization.
pub async fn owner(installation: &Installation) -> Person {
    let http = installation.http();
    let made = http
        .post(
            "/v1/setup:complete",
            json!({
                "token": installation.setup_token(),
                "organizationDisplayName": "Acme",
                "email": "olivia@acme.example",
                "givenName": "Olivia",
                "familyName": "Owner",
                "password": PASSWORD,
            }),
        )
        .await;
    let organization = made["organization"]["name"].as_str().unwrap().to_owned();
    Person { http: sign_in(&http, "olivia@acme.example", PASSWORD).await, organization }
}

/// A client that carries the new session.
pub async fn sign_in(http: &Http, email: &str, password: &str) -> Http {
    let session = http.post("/v1/sessions", json!({"email": email, "password": password})).await;
    http.with(session["sessionToken"].as_str().unwrap())
}

impl Person {
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/{}{rest}", self.organization)
    }

    /// Buys licences and maps them to the organization by the link in the mail.
    pub async fn buys(&self, installation: &Installation, seats: u32) {
        let before = installation.mails("olivia@acme.example").await.len();
        let seats = seats.to_string();
        installation.must(&["dev", "purchase"], &["--buyer", "olivia@acme.example", "--seats", &seats]).await;
        let mails = installation.mails_when("olivia@acme.example", before + 1).await;
        let target = json!({"token": code(&mails[0]), "existingOrganization": self.organization});
        self.http.post("/v1/purchaseLinks:map", target).await;
    }

    pub async fn pool(&self) -> Value {
        self.http.get(&self.path("/pools/meet")).await
    }

    /// Uploads a file and waits until the import rests.
    pub async fn uploads(&self, kind: &str, csv: impl Into<Vec<u8>>) -> Value {
        let product = if kind == "LICENSE_INVITE" { "&start.product=meet" } else { "" };
        let path = self.path(&format!(
            "/imports:upload?start.kind=IMPORT_KIND_{kind}&start.fileName=people.csv{product}"
        ));
        let answer = self.http.upload(&path, csv).await;
        assert_eq!(answer.status, 200, "upload: {}", answer.text);
        self.rests(&answer.json()).await
    }

    /// Watches an import until it waits for a person or is final.
    pub async fn rests(&self, import: &Value) -> Value {
        let name = import["name"].as_str().unwrap();
        let seen = self.http.watch(&format!("/v1/{name}:watch")).await;
        seen.into_iter()
            .rev()
            .find_map(|message| message.get("import").filter(|it| !it.is_null()).cloned())
            .unwrap()
    }

    pub async fn accepts(&self, import: &Value) -> Answer {
        let name = import["name"].as_str().unwrap();
        self.http.try_post(&format!("/v1/{name}:accept"), json!({"etag": import["etag"]})).await
    }

    /// The user with this e-mail.
    pub async fn user(&self, email: &str) -> Value {
        let found = self.http.get(&self.path(&format!("/users?filter=email%20%3D%20%22{email}%22"))).await;
        assert_eq!(found["users"].as_array().unwrap().len(), 1, "users with {email}: {found}");
        found["users"][0].clone()
    }
}
