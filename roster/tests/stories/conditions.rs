//! Two people, one thing: what `If-Match` says goes before what is there (AIP-154, RFC 9110, 13.1.1).

use platform::testing::{Engine, on_both};
use serde_json::{Value, json};

use crate::http::Answer;
use crate::installation::Installation;
use crate::people;
use crate::person::{self, Person};

impl Person {
    async fn sends_if_match(&self, method: &str, path: &str, etag: &str, body: Value) -> Answer {
        let headers = [("content-type", "application/json"), ("if-match", etag)];
        self.http.send(method, path, &headers, body.to_string().into_bytes()).await
    }
}

on_both! {
    async fn if_match_of_an_older_version_changes_nothing(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let olivia = person::owner(&installation).await;
        let name = olivia.user("olivia@acme.example").await["name"].as_str().unwrap().to_owned();
        let path = format!("/v1/{name}");
        let etag = olivia.http.try_get(&path).await.headers["etag"].to_str().unwrap().to_owned();
        let title = |title: &str| json!({"user": {"title": title}, "updateMask": "title"});

        let changed = olivia.sends_if_match("PATCH", &path, &etag, title("Engineer")).await;
        assert_eq!((changed.status, changed.json()["title"].as_str()), (200, Some("Engineer")));
        let now = changed.headers["etag"].to_str().unwrap();
        let refused = olivia.sends_if_match("PATCH", &path, &etag, title("Doctor")).await;
        assert_eq!((refused.status, refused.reason().as_str()), (412, "ETAG_MISMATCH"), "{}", refused.text);
        assert_eq!(olivia.http.get(&path).await["title"], "Engineer");
        assert_eq!(olivia.sends_if_match("PATCH", &path, now, title("Doctor")).await.status, 200);

        let import = olivia.uploads("LOCATION_USERS", people::location_users(1)).await;
        let accept = format!("/v1/{}:accept", import["name"].as_str().unwrap());
        let refused = olivia.sends_if_match("POST", &accept, "\"0\"", json!({})).await;
        assert_eq!((refused.status, refused.reason().as_str()), (412, "ETAG_MISMATCH"), "{}", refused.text);
        let accepted = olivia.sends_if_match("POST", &accept, import["etag"].as_str().unwrap(), json!({})).await;
        assert_eq!(accepted.status, 200, "{}", accepted.text);
        assert!(installation.stop().await.success());
    }
}
