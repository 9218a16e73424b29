use platform::keys::Keys;
use platform::peer;
use platform::serve::{self, Process};
use platform::telemetry;
use platform::testing::TestClock;
use proto::refusal::Refusal;
use tonic::Status;
use tonic::service::Routes;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::ServiceExt;

fn process() -> Process {
    Process::new(TestClock::new().clock(), Keys::ephemeral().unwrap()).unwrap()
}

async fn page(process: &Process, path: &str) -> (u16, String) {
    let request = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    let response = serve::admin(process).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn calls_are_counted_by_method_and_code() {
    let process = process();
    let (_reporter, health) = tonic_health::server::health_reporter();
    let mut client = HealthClient::new(peer::local(process.guard("license", Routes::new(health))));
    client.check(HealthCheckRequest::default()).await.unwrap();
    client.check(HealthCheckRequest { service: "nobody".to_owned() }).await.unwrap_err();
    drop(client.watch(HealthCheckRequest::default()).await.unwrap());
    let (status, text) = page(&process, "/metrics").await;
    assert_eq!(status, 200);
    for code in ["OK", "NOT_FOUND", "CANCELLED"] {
        let line = text
            .lines()
            .find(|line| {
                line.starts_with("rpc_server_call_duration_seconds_count")
                    && line.contains(&format!("\"{code}\""))
            })
            .unwrap_or_else(|| panic!("no {code} in {text}"));
        assert!(line.contains("rpc_service=\"license\"") && line.ends_with(" 1"), "{line}");
        assert!(line.contains("rpc_method=\"_OTHER\""), "a caller cannot make new series: {line}");
    }
}

#[tokio::test]
async fn the_admin_address_tells_health() {
    let process = process();
    assert_eq!(page(&process, "/healthz").await, (200, "ok\n".to_owned()));
    let database = process.health.component("database");
    assert_eq!(page(&process, "/readyz").await, (503, "database: starting\n".to_owned()));
    database.ready();
    assert_eq!(page(&process, "/readyz").await, (200, "database: ready\n".to_owned()));
}

#[tokio::test]
async fn a_service_has_its_own_instruments() {
    let process = process();
    process.metrics.meter("notify").u64_counter("mail.sent").build().add(3, &[]);
    let (_, text) = page(&process, "/metrics").await;
    assert!(text.lines().any(|line| line.starts_with("mail_sent_total") && line.ends_with(" 3")), "{text}");
}

#[tokio::test]
async fn certificates_and_counters_are_shown() {
    let process = process();
    process.metrics.certificate("license", || Some(1_800_000_000));
    process.metrics.tally("license", "roster.tries", "Tries.", "outcome").count("good");
    let (_, text) = page(&process, "/metrics").await;
    for (name, value) in
        [("roster_certificate_expiry_timestamp_seconds{", "1800000000"), ("roster_tries_total{", "1")]
    {
        let found = text.lines().any(|line| line.starts_with(name) && line.ends_with(&format!(" {value}")));
        assert!(found, "{name} in {text}");
    }
}

/// A service whose every call ends with a fault.
fn broken(process: &Process) -> peer::Peer {
    let fault = async || Status::from(Refusal::internal()).into_http::<axum::body::Body>();
    peer::local(process.guard("license", axum::Router::new().fallback(fault).into()))
}

async fn traced(peer: peer::Peer, traceparent: Option<&str>) -> String {
    let mut request = http::Request::post("/roster.license.v1.SeatService/ListSeats");
    if let Some(traceparent) = traceparent {
        request = request.header("traceparent", traceparent);
    }
    let response = peer.oneshot(request.body(tonic::body::Body::empty()).unwrap()).await.unwrap();
    let status = Status::from_header_map(response.headers()).unwrap();
    assert_eq!(status.code(), tonic::Code::Internal);
    Refusal::metadata_of(&status, "traceId").unwrap()
}

#[tokio::test]
async fn s11_a_fault_names_the_trace_and_nothing_else() {
    let process = process();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let sent = format!("00-{trace}-00f067aa0ba902b7-01");
    assert_eq!(traced(broken(&process), Some(&sent)).await, trace);
    for none_of_ours in
        [None, Some("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), Some("nonsense")]
    {
        let made = traced(broken(&process), none_of_ours).await;
        assert!(made.len() == 32 && made.bytes().all(|digit| digit.is_ascii_hexdigit()), "{made}");
        assert_ne!(made, "0".repeat(32));
    }
}

#[tokio::test]
async fn work_that_comes_later_goes_on_in_the_trace_of_its_row() {
    let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    let here = telemetry::continued(Some(sent), "mail.send", async { telemetry::current() }).await;
    assert_eq!(here.as_deref(), Some(sent), "nothing is sent anywhere, so there are no spans of our own");
    assert_eq!(telemetry::current(), None);
}

#[tokio::test]
async fn logging_starts_once_and_with_a_good_filter() {
    use platform::telemetry::{Export, Format, start};
    let nowhere = Export { endpoint: None, sample: 1.0, interval: std::time::Duration::from_secs(60) };
    start(Format::Json, "info,platform=nonsense", &nowhere, "test").unwrap_err();
    start(Format::Json, "info,platform=debug", &nowhere, "test").unwrap().stop().await;
    start(Format::Text, "info", &nowhere, "test").unwrap_err();
}
