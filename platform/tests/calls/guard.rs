use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::identity::v1::{AuthorizeRequest, CheckAccessRequest};
use proto::refusal::{Reason, Refusal};
use tonic::Code;

use crate::fixture::World;
use platform::caller::{Caller, Principal};
use platform::testing::called_by;

fn seen(response: &tonic::Response<impl Sized>, key: &str) -> String {
    response.metadata().get(key).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_public_method_without_tokens_is_called_by_nobody() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    let response = client.check_access(CheckAccessRequest::default()).await.unwrap();
    assert_eq!(seen(&response, "principal"), "anonymous");
    assert_eq!(seen(&response, "service"), "none");
}

#[tokio::test]
async fn an_internal_method_needs_a_service_token() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.identity.clone());
    let refused = client.authorize(AuthorizeRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(Refusal::reason_of(&refused), Some(Reason::SessionMissing));
    assert_eq!(world.times_asked(), 0);
}

#[tokio::test]
async fn the_caller_token_travels_on_beside_our_own() {
    let world = World::new();
    let account = world.account();
    let caller = world.arrived(&account).await;
    assert_eq!(caller.principal(), &account);
    assert_eq!(caller.service(), Some("gateway"));
    let mut client = AccessServiceClient::new(world.peers("license").relay("identity", &caller).unwrap());
    let response = client.check_access(CheckAccessRequest::default()).await.unwrap();
    assert_eq!(seen(&response, "principal"), account.to_string());
    assert_eq!(seen(&response, "service"), "license");
    assert_eq!(seen(&response, "work"), "false");
    assert_eq!(seen(&response, "request"), caller.request_id());
}

#[tokio::test]
async fn what_outlives_its_token_goes_on_as_work() {
    let world = World::new();
    let account = world.account();
    let caller = world.arrived(&account).await;
    let peer = world.peers("license").relay("identity", &caller).unwrap();
    world.clock.advance(chrono::TimeDelta::seconds(90));
    let mut client = AccessServiceClient::new(peer);
    let response = client.check_access(CheckAccessRequest::default()).await.unwrap();
    assert_eq!(seen(&response, "principal"), account.lasting().to_string());
    assert_eq!(seen(&response, "work"), "true");
}

#[tokio::test]
async fn a_kept_peer_signs_each_call_afresh() {
    let world = World::new();
    let mut client = AccessServiceClient::new(world.peers("notify").work("identity", None).unwrap());
    for _ in 0..5 {
        let response = client.check_access(CheckAccessRequest::default()).await.unwrap();
        assert_eq!(seen(&response, "principal"), "service:notify");
        world.clock.advance(chrono::TimeDelta::seconds(45));
    }
}

#[tokio::test]
async fn only_identity_license_and_import_work_for_others() {
    let world = World::new();
    let account = world.account().lasting();
    for (service, may) in
        [("identity", true), ("license", true), ("import", true), ("notify", false), ("gateway", false)]
    {
        let mut client =
            AccessServiceClient::new(world.peers(service).work("identity", Some(&account)).unwrap());
        let answer = client.check_access(CheckAccessRequest::default()).await;
        assert_eq!(answer.is_ok(), may, "{service}");
        if let Ok(response) = answer {
            assert_eq!(seen(&response, "principal"), account.to_string());
        }
    }
}

#[tokio::test]
async fn tokens_that_do_not_go_together_are_refused() {
    let world = World::new();
    let account = world.account();
    let (caller, _) = world.process.signer("identity").caller_token(&account).unwrap();
    let service = world.process.signer("gateway").service_token("license", None).unwrap();
    let service = service.to_str().unwrap();
    let work = world.process.signer("import").service_token("license", Some(&account)).unwrap();
    let elsewhere = world.process.signer("gateway").service_token("notify", None).unwrap();
    let cases: [(&str, Vec<(&str, &str)>); 6] = [
        ("a bare caller token", vec![("roster-caller", &caller)]),
        ("two service tokens", vec![("roster-service", service), ("roster-service", service)]),
        (
            "two caller tokens",
            vec![("roster-service", service), ("roster-caller", &caller), ("roster-caller", &caller)],
        ),
        ("two callers", vec![("roster-service", work.to_str().unwrap()), ("roster-caller", &caller)]),
        ("a token for another service", vec![("roster-service", elsewhere.to_str().unwrap())]),
        ("the kinds exchanged", vec![("roster-service", &caller), ("roster-caller", service)]),
    ];
    for (case, headers) in cases {
        let refused = world.caller_of("license", &headers).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&refused), Some(Reason::SessionExpired), "{case}");
    }
}

#[tokio::test]
async fn a_jobs_caller_is_the_one_in_its_row() {
    let world = World::new();
    let started_by: Principal = world.account().lasting().to_string().parse().unwrap();
    let caller = platform::caller::Caller::at_work(started_by.clone());
    let mut client = AccessServiceClient::new(world.peers("import").relay("identity", &caller).unwrap());
    let response = client.check_access(CheckAccessRequest::default()).await.unwrap();
    assert_eq!(seen(&response, "principal"), started_by.to_string());
    assert_eq!(seen(&response, "service"), "import");
}

#[tokio::test]
async fn nobody_stays_nobody_behind_the_gateway() {
    let world = World::new();
    let peer = called_by(&world.process, "identity", &world.identity, &Principal::Anonymous);
    let response = AccessServiceClient::new(peer).check_access(CheckAccessRequest::default()).await.unwrap();
    assert_eq!(seen(&response, "principal"), "anonymous");
    assert_eq!(seen(&response, "service"), "gateway");
    assert_eq!(seen(&response, "work"), "false");
}

#[tokio::test]
async fn at_the_door_a_caller_is_who_identity_says() {
    let world = World::new();
    let (account, verifier) = (world.account(), world.process.verifier("gateway"));
    let (token, _) = world.process.signer("identity").caller_token(&account).unwrap();
    let (mut headers, parent) =
        (http::HeaderMap::new(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    headers.insert("x-request-id", "req-1".parse().unwrap());
    headers.insert("traceparent", parent.parse().unwrap());
    let caller = Caller::at_door(&verifier, Some(&token), &headers).unwrap();
    assert_eq!((caller.principal(), caller.request_id()), (&account, "req-1"));
    let peer = world.peers("gateway").relay("identity", &caller).unwrap();
    let response = AccessServiceClient::new(peer).check_access(CheckAccessRequest::default()).await.unwrap();
    assert_eq!(seen(&response, "principal"), account.to_string());
    assert_eq!(seen(&response, "request"), "req-1");
    Caller::at_door(&verifier, Some("forged"), &headers).unwrap_err();
}

#[tokio::test]
async fn a_bad_request_id_is_replaced() {
    let world = World::new();
    let long = "x".repeat(129);
    for bad in ["", "two words", "caf\u{e9}", &long] {
        let caller = world.caller_of("license", &[("x-request-id", bad)]).await.unwrap();
        assert_eq!(caller.request_id().parse::<uuid::Uuid>().unwrap().get_version_num(), 7, "{bad}");
    }
    let caller = world.caller_of("license", &[("x-request-id", "req-7")]).await.unwrap();
    assert_eq!(caller.request_id(), "req-7");
}
