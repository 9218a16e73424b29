//! What the document says of Roster's own contract.

use std::collections::BTreeSet;

use proto::audience;
use proto::refusal::Reason;

use crate::{operations, roster};

#[test]
fn n14_every_public_method_and_binding_is_there_and_nothing_internal() {
    let (text, document) = roster();
    let operations = operations(&document);
    let told: Vec<&str> = operations.iter().map(|(.., told)| told["x-grpc"].as_str().unwrap()).collect();
    let http = audience::POOL.get_extension_by_name("google.api.http").unwrap();
    for method in audience::POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let name = format!("{}/{}", method.parent_service().full_name(), method.name());
        let rule = method.options().get_extension(&http).into_owned();
        let more = rule.as_message().unwrap().get_field_by_name("additional_bindings").unwrap().into_owned();
        let rules = usize::from(audience::is_public(&method)) * (1 + more.as_list().unwrap().len());
        assert_eq!(told.iter().filter(|told| **told == name).count(), rules, "{name}");
        if rules == 0 {
            assert!(!text.contains(&format!("\"{}\"", method.input().name())), "{name} is internal");
        }
    }
    let ids: BTreeSet<&str> =
        operations.iter().map(|(.., told)| told["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations.len(), "operation ids are unique");
}

#[test]
fn n14_every_reason_is_there_with_its_statuses_and_an_example() {
    let (_, document) = roster();
    let reasons = document["components"]["schemas"]["Reason"]["enum"].as_array().unwrap();
    assert_eq!(reasons.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert!(reasons.iter().any(|told| told == reason.as_str()), "{reason:?}");
        let responses = document["components"]["responses"].as_object().unwrap().values();
        let mut examples = responses.map(|response| &response["content"]["application/json"]["examples"]);
        assert!(
            examples.any(|examples| examples.get(reason.as_str()).is_some()),
            "{reason:?} has no example"
        );
    }
}

#[test]
fn paths_queries_bodies_streams_and_files_are_told_as_they_are_served() {
    let (_, document) = roster();
    let get = &document["paths"]["/v1/organizations/{organization}/users/{user}"]["get"];
    assert_eq!(get["operationId"], "UserService_GetUser");
    assert_eq!(get["responses"]["200"]["headers"]["ETag"]["$ref"], "#/components/headers/ETag");
    assert_eq!(get["responses"]["304"]["description"], "Nothing has changed.");

    let create = &document["paths"]["/v1/organizations/{organization}/users"]["post"];
    let body = &create["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(body, "#/components/schemas/CreateUserRequest.Body");
    let body = &document["components"]["schemas"]["CreateUserRequest.Body"];
    assert_eq!((&body["required"][0], body["properties"].get("parent")), (&"user".into(), None));
    assert!(create["x-reasons"].as_array().unwrap().iter().any(|reason| reason == "IDEMPOTENCY_KEY_REUSED"));

    let watch = &document["paths"]["/v1/organizations/{organization}/imports/{import}:watch"]["get"];
    let formats: Vec<&String> = watch["responses"]["200"]["content"].as_object().unwrap().keys().collect();
    assert_eq!(formats, ["application/json", "application/x-ndjson", "text/event-stream"]);
    let parameters = watch["parameters"].as_array().unwrap();
    assert!(parameters.iter().any(|one| one["$ref"] == "#/components/parameters/LastEventId"));
    assert!(
        parameters.iter().any(|one| one["name"] == "afterSequence" && one["schema"]["format"] == "int64")
    );

    let upload = &document["paths"]["/v1/organizations/{organization}/imports:upload"]["post"];
    let forms: Vec<&String> = upload["requestBody"]["content"].as_object().unwrap().keys().collect();
    assert_eq!(forms, ["*/*", "multipart/form-data"]);
    let fields = upload["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "query");
    let fields: Vec<&str> = fields.map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(fields, ["kind", "fileName", "product", "requestId"]);

    let organization = &document["components"]["schemas"]["Organization"]["properties"];
    assert_eq!(organization["createTime"]["format"], "date-time");
    assert_eq!(organization["accountNumber"]["readOnly"], true);
}
