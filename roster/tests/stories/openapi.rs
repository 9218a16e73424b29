//! Programs that know nothing but `/openapi.json`, and people who read `/reference`.

use platform::testing::Engine;
use proto::audience;
use serde_json::json;

use crate::installation::Installation;

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
